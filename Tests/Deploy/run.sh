#!/usr/bin/env bash
# Tests what is in Deploy/. The first argument says which part; the others go to pytest.
# Usage: Tests/Deploy/run.sh kubernetes|image [pytest arguments]
#
#   CHAT_IMAGE  for image: the image to test, by default localhost/chat-broker:test, which `make image` makes
#
# ../python.sh tells the other variables.
. "$(dirname "$0")/../python.sh"

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
make_venv deploy "$suite"
run_pytest "$suite" "$part" "$@"
