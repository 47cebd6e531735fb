#!/usr/bin/env bash
# Tests the HTTP API of a broker by its own description. Arguments go to pytest; ../python.sh tells the variables.
. "$(dirname "$0")/../python.sh"

find_broker
make_venv tests "$root/Tests"
run_pytest "$interop" "$@"
