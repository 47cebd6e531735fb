# What the suites in Python have in common. Sourced by their run.sh, which has set `here` and `root`.

# What brokers say at their start is for people, and read by the suites.
export CHAT_LOG_FORMAT="${CHAT_LOG_FORMAT:-text}"
# Seconds that one test may take with what it sets up; then it fails and tells where it was. Meant for a test that waits for
# what never comes, so it is far more than a slow machine needs.
export PYTEST_TIMEOUT="${PYTEST_TIMEOUT:-600}"

# Makes CHAT_BROKER the path of the executable to test, because pytest runs elsewhere.
find_broker() {
  CHAT_BROKER=${CHAT_BROKER:-"$root/.build/debug/chat-broker"}
  if [ ! -x "$CHAT_BROKER" ]; then
    echo "no executable at $CHAT_BROKER: run swift build, or set CHAT_BROKER" >&2
    exit 2
  fi
  CHAT_BROKER=$(cd "$(dirname "$CHAT_BROKER")" && pwd)/$(basename "$CHAT_BROKER")
  export CHAT_BROKER
}

# make_venv NAME: an environment .venv-NAME with what the suite's requirements.txt asks for; sets `venv`.
make_venv() {
  venv="$root/.venv-$1"
  cmp -s "$here/requirements.txt" "$venv/requirements.txt" && return
  rm -rf "$venv"
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  # Last, so that an installation that was interrupted is made anew.
  cp "$here/requirements.txt" "$venv/requirements.txt"
}

# Makes Python code of Protos/ with a stock protoc; sets `generated`, a folder that goes when the script ends.
generate_protos() {
  generated=$(mktemp -d)
  trap 'rm -rf "$generated"' EXIT
  "$venv/bin/python" -m grpc_tools.protoc --proto_path="$root/Protos" --python_out="$generated" \
    "$root"/Protos/chat/v1/*.proto
}
