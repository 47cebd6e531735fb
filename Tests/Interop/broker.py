"""A broker and the Swift client, as processes."""

import json
import os
import re
import resource
import signal
import subprocess
import time
import urllib.request

EXECUTABLE = os.environ.get("CHAT_BROKER", ".build/debug/chat-broker")
START_LIMIT = 40
COMMAND_LIMIT = 30
# What the broker says of its listeners: one line each, that of TCP last.
LISTENERS = {
    "http_port": re.compile(r"^chat page at https?://127\.0\.0\.1:(\d+)/", re.MULTILINE),
    "admin_port": re.compile(r"^console at https?://127\.0\.0\.1:(\d+)/admin", re.MULTILINE),
    "port": re.compile(r"^listening on 127\.0\.0\.1:(\d+)", re.MULTILINE),
}


class Broker:
    """A broker on ports of its own. Started again, it keeps its ports and its data."""

    def __init__(self, directory, environment=None, *, descriptors=None, data=None, options=()):
        """:param environment: further variables
        :param descriptors: how many the process may have
        :param data: the data directory, by default one in the directory
        :param options: further ones of `chat-broker serve`"""
        self._environment = {**os.environ, **(environment or {})}
        self._descriptors = descriptors
        self.port = self.http_port = self.admin_port = 0
        self.data = data or directory / "data"
        self._options = options
        self._log = directory / "broker.log"
        self.process = None

    def start(self):
        ports = ["--port", self.port, "--http-port", self.http_port, "--admin-port", self.admin_port]
        arguments = [*map(str, ports), "--data", str(self.data), *self._options]
        self._log.touch()
        before = self._log.stat().st_size
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [EXECUTABLE, "serve", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                preexec_fn=self._limit if self._descriptors else None,
            )
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self.process.poll() is None:
            said = self._log.read_bytes()[before:].decode(errors="replace")
            found = {name: line.search(said) for name, line in LISTENERS.items()}
            if all(found.values()):
                vars(self).update({name: int(line[1]) for name, line in found.items()})
                return self
            time.sleep(0.01)
        self.kill()
        raise RuntimeError(f"the broker does not listen:\n{self._log.read_text(errors='replace')}")

    def _limit(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (self._descriptors, self._descriptors))

    def kill(self):
        """Ends it without warning."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ask_to_end(self):
        self.process.send_signal(signal.SIGTERM)

    def exit_code(self):
        return self.process.wait(COMMAND_LIMIT)

    def is_running(self):
        return self.process.poll() is None

    def log(self):
        return self._log.read_text(errors="replace")

    # The HTTP API

    @property
    def api(self):
        return f"http://127.0.0.1:{self.admin_port}"

    @property
    def key(self):
        return (self.data / "admin.key").read_text().strip()

    def ask(self, path, method="GET", body=None):
        """What the HTTP API answers; None if that is nothing."""
        request = urllib.request.Request(
            f"{self.api}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=COMMAND_LIMIT) as answer:
            text = answer.read()
        return json.loads(text) if text else None

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
