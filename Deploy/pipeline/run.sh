#!/bin/sh
# Runs a program of this folder with what it needs: Deploy/pipeline/run.sh gate --help
#
#   PYTHON  the Python to make .venv-pipeline with, by default python3
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/Tests/python.sh"

program=${1:?usage: Deploy/pipeline/run.sh PROGRAM [arguments]; a PROGRAM is a file of this folder, without .py}
shift
make_venv pipeline
generate_protos

# The wire protocol is that of the client in Tests/Interop.
PATH="$venv/bin:$PATH" PYTHONPATH="$generated:$here:$root/Tests/Interop" PYTHONDONTWRITEBYTECODE=1 \
  "$venv/bin/python" "$here/$program.py" "$@"
