"""A broker as a process, on free ports and with a data directory of its own."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

START_LIMIT = 30
END_LIMIT = 60
ANSWER_LIMIT = 30
# What a broker says of its listeners: one line each.
_LISTENERS = {
    "http_port": re.compile(r"^chat page at https?://127\.0\.0\.1:(\d+)/", re.MULTILINE),
    "admin_port": re.compile(r"^console at https?://127\.0\.0\.1:(\d+)/admin", re.MULTILINE),
    "port": re.compile(r"^listening on 127\.0\.0\.1:(\d+)", re.MULTILINE),
}


class Node:
    """Started again, it keeps its ports and its data."""

    def __init__(self, executable, directory, *, name="", settings=None):
        self.name = name
        self.executable = str(executable)
        self.data = pathlib.Path(directory) / "data"
        self._log = pathlib.Path(directory) / "broker.log"
        self._settings = {"CHAT_DATA": str(self.data), **({"CHAT_NODE": name} if name else {}), **(settings or {})}
        self.port = self.http_port = self.admin_port = 0
        self.process = None

    def start(self):
        """Raises RuntimeError, with what it printed, if it does not listen in time."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        ports = {"--port": self.port, "--http-port": self.http_port, "--admin-port": self.admin_port}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.executable, "serve", *(str(word) for option in ports.items() for word in option)],
                env={**os.environ, **self._settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self.process.poll() is None:
            found = {name: line.search(self.log()) for name, line in _LISTENERS.items()}
            if all(found.values()):
                vars(self).update({name: int(line[1]) for name, line in found.items()})
                return self
            time.sleep(0.01)
        self.kill()
        raise RuntimeError(f"{self.executable} does not listen:\n{self.log()}")

    def log(self):
        return self._log.read_text(errors="replace")

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def drain(self):
        """Ends it as an orchestrator does. Returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(END_LIMIT)

    def kill(self):
        """Ends it without warning, if it runs."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def cpu_seconds(self):
        """What its threads have had of the processors."""
        total = 0
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/metrics", timeout=ANSWER_LIMIT) as answer:
            return answer.read().decode()

    def history(self, conversation):
        """All that it holds of a conversation: bodies by sequence; empty if it does not know it."""
        key = (self.data / "admin.key").read_text().strip()
        path = f"/v1/conversations/{urllib.parse.quote(conversation, safe=':')}/messages"
        bodies = {}
        after = 0
        while True:
            query = f"after={after}" if after else "fromStart=true"
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.admin_port}{path}?limit=256&{query}",
                headers={"Authorization": f"Bearer {key}"},
            )
            try:
                with urllib.request.urlopen(request, timeout=ANSWER_LIMIT) as answer:
                    messages = json.load(answer)["messages"]
            except urllib.error.HTTPError as error:
                if error.code == 404:
                    return bodies
                raise
            if not messages:
                return bodies
            for message in messages:
                bodies[int(message["sequence"])] = message["text"]
                after = int(message["sequence"])
