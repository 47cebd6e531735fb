# What the suites in Python have in common. Sourced by their run.sh, in bash.
#
#   CHAT_BROKER     the executable to test, by default .build/debug/chat-broker
#   PYTHON          the Python to make environments with, by default python3
#   PYTEST_TIMEOUT  the seconds that one test may take, with what it sets up, before it fails and tells where it was. It is
#                   meant for one that waits for what never comes, so it is far more than a slow machine needs.
set -euo pipefail

# The folder of the suite, and that of the project.
suite=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Brokers and clients as most suites use them.
interop=$root/Tests/Interop

# What brokers say at their start is for people, and read by the suites.
export CHAT_LOG_FORMAT="${CHAT_LOG_FORMAT:-text}"
export PYTEST_TIMEOUT="${PYTEST_TIMEOUT:-600}"
export PYTHONDONTWRITEBYTECODE=1

# Makes CHAT_BROKER the path of the executable to test, because pytest runs elsewhere.
find_broker() {
  CHAT_BROKER=${CHAT_BROKER:-"$root/.build/debug/chat-broker"}
  if [ ! -x "$CHAT_BROKER" ]; then
    echo "no executable at $CHAT_BROKER: run swift build, or set CHAT_BROKER" >&2
    exit 66
  fi
  CHAT_BROKER=$(cd "$(dirname "$CHAT_BROKER")" && pwd)/$(basename "$CHAT_BROKER")
  export CHAT_BROKER
}

# make_venv NAME FOLDER: an environment .venv-NAME with what FOLDER/requirements.txt asks for; sets `venv`.
make_venv() {
  venv="$root/.venv-$1"
  # Suites that start at the same time make it once. Without flock they had better not.
  (
    ! command -v flock >/dev/null || flock 9
    install_venv "$2/requirements.txt"
  ) 9>"$venv.lock"
}

install_venv() {
  local wanted=$1
  ! cmp -s "$wanted" "$venv/requirements.txt" || return 0
  rm -rf "$venv"
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 10 --requirement "$wanted"
  # Last, so that an installation that was interrupted is made anew.
  cp "$wanted" "$venv/requirements.txt"
}

# Makes Python code of Protos/ with a stock protoc; sets `generated`, a folder that goes when the script ends.
generate_protos() {
  generated=$(mktemp -d)
  trap 'rm -rf "$generated"' EXIT
  "$venv/bin/python" -m grpc_tools.protoc --proto_path="$root/Protos" --python_out="$generated" \
    "$root"/Protos/chat/v1/*.proto
}

# run_pytest FOLDERS [ARGUMENT…]: the suite's tests, which find modules in FOLDERS (with colons) besides their own.
run_pytest() {
  local folders=$1
  shift
  cd "$suite"
  PATH="$venv/bin:$PATH" PYTHONPATH="$suite:$folders:$root/Tests" \
    "$venv/bin/python" -m pytest -p no:cacheprovider -p no:schemathesis -p broker_logs "$@"
}
