"""A broker and the Swift client, as processes."""

import json
import os
import re
import signal
import subprocess
import time

EXECUTABLE = os.environ.get("CHAT_BROKER", ".build/debug/chat-broker")
START_LIMIT = 20
COMMAND_LIMIT = 30


class Broker:
    """A broker on a port of its own. Started again, it keeps its port and its data."""

    def __init__(self, directory):
        self.port = 0
        self._data = directory / "data"
        self._log = directory / "broker.log"
        self._process = None

    def start(self):
        self._log.touch()
        before = self._log.stat().st_size
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [EXECUTABLE, "serve", "--port", str(self.port), "--data", str(self._data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self._process.poll() is None:
            with self._log.open("rb") as log:
                log.seek(before)
                found = re.search(rb"listening on 127\.0\.0\.1:(\d+)", log.read())
            if found:
                self.port = int(found[1])
                return self
            time.sleep(0.01)
        self.kill()
        raise RuntimeError(f"the broker does not listen:\n{self._log.read_text(errors='replace')}")

    def kill(self):
        """Ends it without warning."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def ask_to_end(self):
        self._process.send_signal(signal.SIGTERM)

    def exit_code(self):
        return self._process.wait(COMMAND_LIMIT)

    def log(self):
        return self._log.read_text(errors="replace")

    # The Swift client

    def _command(self, name, user, arguments):
        return [EXECUTABLE, name, "--server", f"127.0.0.1:{self.port}", "--user", user, "--json", *arguments]

    def run(self, name, user, *arguments):
        """Runs `chat-broker NAME --json …` to its end and returns the objects that it printed."""
        done = subprocess.run(
            self._command(name, user, arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_LIMIT,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def begin(self, name, user, *arguments):
        """Starts `chat-broker NAME --json …`; `results` waits for its end."""
        return subprocess.Popen(
            self._command(name, user, arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def results(process):
        try:
            output, errors = process.communicate(timeout=COMMAND_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            raise AssertionError(f"the Swift client did not end; it printed:\n{output}{errors}") from None
        assert process.returncode == 0, errors
        return [json.loads(line) for line in output.splitlines()]
