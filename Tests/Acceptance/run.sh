#!/usr/bin/env bash
# Uses the program as people do: in terminals, with signals, from a fresh data directory. Arguments go to pytest; ../python.sh
# tells the variables.
. "$(dirname "$0")/../python.sh"

find_broker
make_venv tests "$root/Tests"
run_pytest "$suite" "$@"
