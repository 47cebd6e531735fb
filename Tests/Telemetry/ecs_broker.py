"""A broker whose log is JSON lines on standard output, as in a container."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

EXECUTABLE = os.environ.get("CHAT_BROKER", ".build/debug/chat-broker")
# Debug builds under load are slow; whoever waits this long waits for nothing.
PATIENCE = 30


def wait_until(found, what, patience=PATIENCE):
    """What `found` returns, once it is something."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.02)
    raise AssertionError(f"nothing came within {patience} s: {what}")


class Broker:
    def __init__(self, directory, data="data", **environment):
        self.data = directory / data
        self.output = directory / "broker.log"
        self.errors = directory / "broker.err"
        self._environment = {
            **os.environ, "CHAT_LOG_FORMAT": "ecs", "CHAT_NODE": "node-1", "CHAT_LOG_LEVEL": "trace", **environment}
        self._process = None
        self.ports = {}

    def start(self, *arguments):
        before = len(self.lines()) if self.output.exists() else 0
        with self.output.open("ab") as output, self.errors.open("ab") as errors:
            self._process = subprocess.Popen(
                [EXECUTABLE, "serve", "--port", "0", "--http-port", "0", "--admin-port", "0",
                 "--data", str(self.data), *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=self._environment)

        def ports():
            assert self._process.poll() is None, self.errors.read_text()
            told = [line for line in self.lines()[before:] if line["message"] == "listening"]
            return {line["chat.listener"]: line["server.port"] for line in told} if len(told) == 3 else None

        self.ports = wait_until(ports, "the broker listens")
        return self

    def lines(self):
        """All whole lines so far. Each has to be one JSON object, with every member once."""
        text = self.output.read_text()
        return [json.loads(line, object_pairs_hook=unique) for line in text.split("\n")[:-1]]

    def wait_for(self, message, **fields):
        """The first line with this message and these fields (dots as two underscores)."""
        wanted = {name.replace("__", "."): value for name, value in fields.items()}

        def found():
            return [line for line in self.lines()
                    if line["message"] == message and all(line.get(name) == value for name, value in wanted.items())]

        return wait_until(found, f"the line {message!r} {wanted}")[0]

    def ask(self, path, *, method="GET", body=None, headers=None, listener="admin", key=None):
        """The answer of a listener: status, headers, body."""
        if key is None:
            key = (self.data / "admin.key").read_text().strip() if (self.data / "admin.key").exists() else ""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports[listener]}{path}", method=method,
            data=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {key}", **({"Content-Type": "application/json"} if body else {}),
                     **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read()

    def signal(self, number):
        self._process.send_signal(number)

    def stop(self):
        """Ends it as an operator does; returns its exit code."""
        if self._process.poll() is None:
            self.signal(signal.SIGTERM)
        return self._process.wait(PATIENCE)

    def kill(self):
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()


def unique(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a member is there twice: {names}"
    return dict(pairs)
