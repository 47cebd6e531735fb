"""A broker with its admin listener, as a process."""

import os
import re
import signal
import subprocess
import time

EXECUTABLE = os.environ.get("CHAT_BROKER", ".build/debug/chat-broker")
START_LIMIT = 20
STOP_LIMIT = 20


class Broker:
    def __init__(self, directory):
        self.data = directory / "data"
        self._log = directory / "broker.log"
        self._process = None
        self.api = ""
        self.key = ""

    def start(self):
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [EXECUTABLE, "serve", "--port", "0", "--http-port", "0", "--admin-port", "0"]
                + ["--data", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self._process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/admin", self.log())
            if found:
                self.api = f"http://127.0.0.1:{found[1]}"
                self.key = (self.data / "admin.key").read_text().strip()
                return self
            time.sleep(0.01)
        self.stop()
        raise RuntimeError(f"the broker does not say where its admin listener is:\n{self.log()}")

    def is_running(self):
        return self._process.poll() is None

    def stop(self):
        """Ends it as an operator does."""
        if self.is_running():
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_LIMIT)

    def log(self):
        return self._log.read_text(errors="replace")
