#!/bin/sh
# Tests the HTTP API of a broker by its own description. Arguments go to pytest.
#
#   CHAT_BROKER  the executable to test, by default .build/debug/chat-broker
#   PYTHON       the Python to make .venv-api with, by default python3
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/Tests/python.sh"

find_broker
make_venv api

cd "$here"
PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 \
  "$venv/bin/python" -m pytest -p no:cacheprovider -p no:schemathesis "$@"
