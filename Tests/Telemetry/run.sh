#!/usr/bin/env bash
# Tests the log, the traces and backups of a broker with the real programs that read them. Arguments go to pytest;
# ../python.sh tells the variables.
. "$(dirname "$0")/../python.sh"

find_broker
make_venv tests "$root/Tests"
generate_protos
run_pytest "$generated:$interop" "$@"
