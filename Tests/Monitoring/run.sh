#!/bin/sh
# Tests rules, alerts, dashboards and the runbook, against a real Prometheus. Arguments go to pytest.
#
#   CHAT_BROKER  the executable to test, by default .build/debug/chat-broker
#   PYTHON       the Python to make .venv-pipeline with, by default python3
set -eu

tests=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$tests/../.." && pwd)
# Brokers and Prometheus as processes are those of the pipeline, and so is what they need.
here="$root/Deploy/pipeline"
. "$root/Tests/python.sh"

find_broker
make_venv pipeline
generate_protos

cd "$tests"
PATH="$venv/bin:$PATH" PYTHONPATH="$generated:$tests:$here:$root/Tests/Interop" PYTHONDONTWRITEBYTECODE=1 \
  "$venv/bin/python" -m pytest -p no:cacheprovider "$@"
