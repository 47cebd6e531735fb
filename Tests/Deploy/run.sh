#!/bin/sh
# Tests what is in Deploy/. The first argument says which part; the others go to pytest.
# Usage: Tests/Deploy/run.sh kubernetes|image [pytest arguments]
#
#   CHAT_IMAGE      for image: the image to test, by default localhost/chat-broker:test, which `make image` makes
#   CHAT_BROKER     for kubernetes: the program that reads the configuration, by default .build/debug/chat-broker
#   PYTHON          the Python to make .venv-deploy with, by default python3
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/Tests/python.sh"

part=${1:?usage: Tests/Deploy/run.sh kubernetes|image [pytest arguments]}
shift
case $part in
  kubernetes) find_broker ;;
  image) ;;
  *)
    echo "there is no part $part: it is kubernetes or image" >&2
    exit 64
    ;;
esac
make_venv deploy

cd "$here"
PATH="$venv/bin:$PATH" PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 \
  "$venv/bin/python" -m pytest -p no:cacheprovider "$part" "$@"
