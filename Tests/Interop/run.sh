#!/usr/bin/env bash
# Tests a broker with an independent client. Arguments go to pytest; ../python.sh tells the variables.
. "$(dirname "$0")/../python.sh"

find_broker
make_venv tests "$root/Tests"
generate_protos
run_pytest "$generated" "$@"
