#!/usr/bin/env bash
# Tests rules, alerts, dashboards and the runbook, against a real Prometheus. Arguments go to pytest; ../python.sh tells the
# variables.
. "$(dirname "$0")/../python.sh"

find_broker
# Brokers and Prometheus as processes are those of the pipeline, and so is what they need.
make_venv pipeline "$root/Deploy/pipeline"
generate_protos
run_pytest "$generated:$root/Deploy/pipeline:$interop" "$@"
