#!/bin/sh
# Tests the pages in a browser, against a broker. Arguments go to pytest.
#
#   CHAT_BROKER       the executable to test, by default .build/debug/chat-broker
#   CHROMIUM          the browser, by default the chromium in PATH
#   PYTHON            the Python to make .venv-browser with, by default python3
#   CHAT_SCREENSHOTS  a folder to write pictures of the pages to; without it there are none
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/Tests/python.sh"

CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$CHROMIUM" ]; then
  echo "no chromium in PATH: install it (apt-get install chromium), or set CHROMIUM" >&2
  exit 2
fi
export CHROMIUM

if [ -n "${CHAT_SCREENSHOTS:-}" ]; then
  mkdir -p "$CHAT_SCREENSHOTS"
  CHAT_SCREENSHOTS=$(cd "$CHAT_SCREENSHOTS" && pwd)
  export CHAT_SCREENSHOTS
fi

find_broker
make_venv browser
generate_protos

cd "$here"
# The client over TCP is that of Tests/Interop.
PYTHONPATH="$generated:$here:$root/Tests/Interop" PYTHONDONTWRITEBYTECODE=1 \
  "$venv/bin/python" -m pytest -p no:cacheprovider "$@"
