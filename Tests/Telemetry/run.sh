#!/bin/sh
# Tests the log, the traces and backups of a broker with the real programs that read them. Arguments go to pytest.
#
#   CHAT_BROKER  the executable to test, by default .build/debug/chat-broker
#   PYTHON       the Python to make .venv-telemetry with, by default python3
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/Tests/python.sh"

find_broker
make_venv telemetry
generate_protos

cd "$here"
PYTHONPATH="$generated:$here:$root/Tests/Interop" PYTHONDONTWRITEBYTECODE=1 \
  "$venv/bin/python" -m pytest -p no:cacheprovider "$@"
