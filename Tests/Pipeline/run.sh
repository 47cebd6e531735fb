#!/bin/sh
# Tests the programs of Deploy/pipeline: the gate, the canary and what decides about it, against real brokers,
# Prometheus and Envoy. Arguments go to pytest.
#
#   CHAT_BROKER  the executable to test, by default .build/debug/chat-broker
#   PYTHON       the Python to make .venv-pipeline with, by default python3
set -eu

tests=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$tests/../.." && pwd)
# What the programs need is what their tests need.
here="$root/Deploy/pipeline"
. "$root/Tests/python.sh"

find_broker
make_venv pipeline
generate_protos

cd "$tests"
PATH="$venv/bin:$PATH" PYTHONPATH="$generated:$tests:$here:$root/Tests/Interop" PYTHONDONTWRITEBYTECODE=1 \
  "$venv/bin/python" -m pytest -p no:cacheprovider "$@"
