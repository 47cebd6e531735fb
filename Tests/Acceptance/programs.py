"""Starts the program: as a broker, as a command, and in a terminal."""

import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time

PROGRAM = os.environ.get("CHAT_BROKER", ".build/debug/chat-broker")
# Debug builds under load are slow; whoever waits this long waits for nothing.
PATIENCE = 30.0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def plain(text):
    """Without colours and movements of the terminal's cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


class Broker:
    """A broker on a data directory and a port that stay the same when it starts again."""

    def __init__(self, data):
        self.data = data
        self.port = free_port()
        self.process = None
        self.environment = dict(os.environ, CHAT_SERVER=f"127.0.0.1:{self.port}", TERM="xterm-256color")

    def start(self):
        self.process = self.spawn()
        line = self.process.stdout.readline()
        assert line.startswith("listening on"), line + self.process.stderr.read()
        return self

    def serve(self, *options):
        """The arguments that start it."""
        return ["serve", "--data", str(self.data), "--port", str(self.port), "--http-port", "off",
                "--admin-port", "off", "--log-level", "error", *options]

    def spawn(self, *options):
        return subprocess.Popen(
            [PROGRAM, *self.serve(*options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def kill(self):
        if self.process is not None and self.process.returncode is None:
            self.signal(signal.SIGKILL)
            self.wait()

    def run(self, *arguments, input=None, check=True):
        """Runs a command to its end."""
        result = subprocess.run(
            [PROGRAM, *arguments], input=input, capture_output=True, text=True, timeout=4 * PATIENCE,
            env=self.environment)
        assert not check or result.returncode == 0, result.stdout + result.stderr
        return result

    def terminal(self, *arguments):
        return Terminal([PROGRAM, *arguments], self.environment)


class Terminal:
    """A command in a terminal of 24 lines and 100 columns."""

    def __init__(self, command, environment):
        self.shown = ""
        self.mark = 0
        self.process_id, self.descriptor = pty.fork()
        if self.process_id == 0:
            os.execve(command[0], command, environment)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))

    def type(self, text):
        """Types a line and the return key."""
        os.write(self.descriptor, text.encode() + b"\r")

    def expect(self, pattern):
        """Waits until the terminal shows something behind what was expected last."""
        deadline = time.monotonic() + PATIENCE
        while True:
            text = plain(self.shown)
            found = re.compile(pattern).search(text, self.mark)
            if found:
                self.mark = found.end()
                return found
            ready, _, _ = select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{pattern!r} did not appear behind {text[self.mark:]!r}; all: {text!r}"
            self.shown += self._read()

    def _read(self):
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:
            data = b""
        assert data, f"the program has ended: {plain(self.shown)!r}"
        return data.decode(errors="replace")

    def signal(self, number):
        os.kill(self.process_id, number)

    def wait(self):
        """The exit code; minus its number if a signal ended it."""
        deadline = time.monotonic() + PATIENCE
        while (ended := os.waitpid(self.process_id, os.WNOHANG))[0] == 0:
            assert time.monotonic() < deadline, f"the program goes on; it showed {plain(self.shown)!r}"
            time.sleep(0.02)
        return os.waitstatus_to_exitcode(ended[1])

    def kill(self):
        self.signal(signal.SIGKILL)

    def close(self):
        """Ends the program if it still runs."""
        try:
            self.kill()
            os.waitpid(self.process_id, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.descriptor)
