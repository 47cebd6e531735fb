#!/bin/sh
# Makes things go wrong in a running broker, and looks how it says so, heals, drains or ends. Arguments go to pytest.
#
#   CHAT_BROKER  the executable to test, by default .build/debug/chat-broker
#   PYTHON       the Python to make .venv-interop with, by default python3
set -eu

tests=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$tests/../.." && pwd)
# The client and the environment are those of Tests/Interop.
here=$root/Tests/Interop
. "$root/Tests/python.sh"

find_broker
make_venv interop
generate_protos

cd "$tests"
PYTHONPATH="$generated:$tests:$here" PYTHONDONTWRITEBYTECODE=1 \
  "$venv/bin/python" -m pytest -p no:cacheprovider --durations=5 "$@"
