#!/usr/bin/env bash
# Makes things go wrong in a running broker, and looks how it says so, heals, drains or ends. Arguments go to pytest;
# ../python.sh tells the variables.
. "$(dirname "$0")/../python.sh"

find_broker
make_venv tests "$root/Tests"
generate_protos
run_pytest "$generated:$interop" --durations=5 "$@"
