#!/bin/sh
# Tests a broker with an independent client. Arguments go to pytest.
#
#   CHAT_BROKER  the executable to test, by default .build/debug/chat-broker
#   PYTHON       the Python to make .venv-interop with, by default python3
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv="$root/.venv-interop"

CHAT_BROKER=${CHAT_BROKER:-"$root/.build/debug/chat-broker"}
if [ ! -x "$CHAT_BROKER" ]; then
  echo "no executable at $CHAT_BROKER: run swift build, or set CHAT_BROKER" >&2
  exit 2
fi
# pytest runs elsewhere.
CHAT_BROKER=$(cd "$(dirname "$CHAT_BROKER")" && pwd)/$(basename "$CHAT_BROKER")
export CHAT_BROKER

if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  rm -rf "$venv"
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  # Last, so that an installation that was interrupted is made anew.
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi

generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
"$venv/bin/python" -m grpc_tools.protoc --proto_path="$root/Protos" --python_out="$generated" \
  "$root"/Protos/chat/v1/*.proto

cd "$here"
PYTHONPATH="$generated:$here" PYTHONDONTWRITEBYTECODE=1 \
  "$venv/bin/python" -m pytest -p no:cacheprovider "$@"
