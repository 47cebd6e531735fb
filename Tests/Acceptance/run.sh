#!/usr/bin/env bash
# Uses the program as people do: in terminals, with signals, from a fresh data directory.
# CHAT_BROKER names the program; without it, the debug build is taken. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/../.."

CHAT_BROKER=${CHAT_BROKER:-$PWD/.build/debug/chat-broker}
export CHAT_BROKER
# What brokers say at their start is for people, and read by the suite.
export CHAT_LOG_FORMAT="${CHAT_LOG_FORMAT:-text}"
[ -x "$CHAT_BROKER" ] || {
  echo "$CHAT_BROKER is missing: run swift build, or set CHAT_BROKER" >&2
  exit 66
}

# The environment is shared with Tests/Interop. grpcio-tools is a stock protoc, for the example in README.md.
venv=.venv-interop
python=$venv/bin/python
"$python" -c 'import pip' 2>/dev/null || python3 -m venv --clear "$venv"
"$python" -c 'import google.protobuf.proto, grpc_tools, pytest' 2>/dev/null ||
  "$python" -m pip install --quiet --disable-pip-version-check grpcio-tools 'protobuf>=6.30' pytest

exec "$python" -m pytest -p no:cacheprovider --quiet "$@" Tests/Acceptance
