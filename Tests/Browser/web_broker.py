"""A broker with its page, as a process."""

import os
import re
import signal
import subprocess
import time

EXECUTABLE = os.environ.get("CHAT_BROKER", ".build/debug/chat-broker")
START_LIMIT = 20
NODE = "chat-1"
# What the broker says of its listeners, one line each.
TCP = re.compile(rb"listening on 127\.0\.0\.1:(\d+)")
HTTP = re.compile(rb"chat page at http://127\.0\.0\.1:(\d+)/")


class WebBroker:
    """A broker on ports of its own."""

    def __init__(self, directory, *options, environment=None):
        self._options = options
        self._environment = {**os.environ, **(environment or {})}
        self._log = directory / "broker.log"
        self._data = directory / "data"
        self._process = None
        self.port = self.http_port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http_port}/"

    def start(self):
        arguments = ["--port", self.port, "--http-port", self.http_port, "--admin-port", 0, "--data", self._data]
        # Not the machine's name: it would be in pictures.
        arguments += ["--node", NODE, *self._options]
        self._log.touch()
        before = self._log.stat().st_size
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [EXECUTABLE, "serve", *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
            )
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self._process.poll() is None:
            said = self._log.read_bytes()[before:]
            tcp, http = TCP.search(said), HTTP.search(said)
            if tcp and http:
                self.port, self.http_port = int(tcp[1]), int(http[1])
                return self
            time.sleep(0.01)
        self.kill()
        raise RuntimeError(f"the broker does not listen:\n{self._log.read_text(errors='replace')}")

    def ask_to_end(self):
        self._process.send_signal(signal.SIGTERM)

    def exit_code(self):
        return self._process.wait(START_LIMIT)

    def kill(self):
        """Ends it without warning."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
