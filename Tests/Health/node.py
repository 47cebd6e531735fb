"""A broker as a process of its own, and what it says of itself."""

import json
import subprocess
import time
import urllib.error
import urllib.request

from broker import EXECUTABLE, Broker
from chat_client import ChatClient

# Debug builds on a busy machine are slow; whoever waits this long waits for nothing.
PATIENCE = 40


class Node(Broker):
    """Started again, it keeps its ports and its data."""

    def __init__(self, directory, data=None, *, loops=2, descriptors=None, environment=None):
        super().__init__(
            directory, environment, descriptors=descriptors, data=data, options=["--loops", str(loops)]
        )

    def client(self, user, **options):
        return ChatClient("127.0.0.1", self.port, user, timeout=PATIENCE, **options)

    # Health

    def answer(self, path, timeout=PATIENCE):
        """The status and the text of an answer; 0 if there is none in time."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def checks(self, path="/health"):
        """The status, and by name how each part is and why."""
        status, text = self.answer(path)
        checks = json.loads(text)["checks"] if text else {}
        return status, {name: (check["status"], check["detail"]) for name, check in checks.items()}

    def metrics(self):
        """Values by name with labels."""
        lines = [line for line in self.answer("/metrics")[1].splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def command(self, *arguments):
        return subprocess.run(
            [EXECUTABLE, *arguments], capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL
        )

    def health(self, *arguments):
        return self.command("health", "--url", f"http://127.0.0.1:{self.admin_port}", *arguments)


def eventually(condition, what, patience=PATIENCE):
    """Waits until something is true, and returns it."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"this did not happen: {what}"
        time.sleep(0.05)
    return found
