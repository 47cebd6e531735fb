#!/usr/bin/env bash
# Uses the program as people do: in terminals, with signals, from a fresh data directory.
# CHAT_BROKER names the program; without it, the debug build is taken. Arguments go to pytest.
set -eu

tests=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$tests/../.." && pwd)
# The environment is shared with Tests/Interop; it has a stock protoc, for the example in README.md.
here=$root/Tests/Interop
. "$root/Tests/python.sh"

find_broker
make_venv interop

cd "$tests"
PYTHONPATH="$tests" PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" -m pytest -p no:cacheprovider "$@"
