#!/usr/bin/env bash
# Runs a program of this folder with what it needs: Deploy/pipeline/run.sh gate --help
#
#   PYTHON  the Python to make .venv-pipeline with, by default python3
. "$(dirname "$0")/../../Tests/python.sh"

program=${1:?usage: Deploy/pipeline/run.sh PROGRAM [arguments]; a PROGRAM is a file of this folder, without .py}
shift
make_venv pipeline "$suite"
generate_protos

# The wire protocol is that of the client in Tests/Interop.
PATH="$venv/bin:$PATH" PYTHONPATH="$generated:$suite:$interop" "$venv/bin/python" "$suite/$program.py" "$@"
