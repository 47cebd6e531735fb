#!/usr/bin/env bash
# Tests the programs of Deploy/pipeline: the gate, the canary and what decides about it, against real brokers,
# Prometheus and Envoy. Arguments go to pytest; ../python.sh tells the variables.
. "$(dirname "$0")/../python.sh"

find_broker
# What the programs need is what their tests need.
make_venv pipeline "$root/Deploy/pipeline"
generate_protos
run_pytest "$generated:$root/Deploy/pipeline:$interop" "$@"
