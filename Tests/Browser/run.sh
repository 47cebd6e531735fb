#!/usr/bin/env bash
# Tests the pages in a browser, against a broker. Arguments go to pytest. Besides the variables of ../python.sh there are
#
#   CHROMIUM          the browser, by default the chromium in PATH
#   CHAT_SCREENSHOTS  a folder for the pictures of the README, which take a minute more; without it they are thrown away
. "$(dirname "$0")/../python.sh"

CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$CHROMIUM" ]; then
  echo "no chromium in PATH: install it (apt-get install chromium), or set CHROMIUM" >&2
  exit 69
fi
export CHROMIUM

if [ -n "${CHAT_SCREENSHOTS:-}" ]; then
  mkdir -p "$CHAT_SCREENSHOTS"
  CHAT_SCREENSHOTS=$(cd "$CHAT_SCREENSHOTS" && pwd)
  export CHAT_SCREENSHOTS
fi

find_broker
make_venv tests "$root/Tests"
generate_protos
run_pytest "$generated:$interop" "$@"
