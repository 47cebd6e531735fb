"""Containers of the image, run by podman."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

IMAGE = os.environ.get("CHAT_IMAGE", "localhost/chat-broker:test")
COMMAND_LIMIT = 60
os.environ.setdefault("STORAGE_DRIVER", "overlay")
START_LIMIT = 30
# As an orchestrator runs it. Limits, because some machines do not let podman raise its own; no timer for health checks,
# because that is one of systemd: tests run them by hand.
OPTIONS = [
    "--runtime=runc",
    "--ulimit=nofile=20000:20000",
    "--ulimit=nproc=8192:8192",
    "--health-interval=disable",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
]


def podman(*arguments, check=True, **options):
    """Runs podman to its end; `input` is what it reads."""
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    command = ["podman", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=COMMAND_LIMIT, **options
    )
    assert not check or done.returncode == 0, f"podman {' '.join(map(str, arguments))}: {done.stderr}"
    return done


def once(*arguments, options=(), **others):
    """Runs a command of the image to its end."""
    return podman("run", "--rm", *OPTIONS, *options, IMAGE, *arguments, check=False, **others)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(port, path, host="127.0.0.1"):
    """Status and body; None if nobody answers."""
    try:
        with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return None


class Broker:
    """A container that serves. On the host's network it has free ports; on a bridge those of the image, mapped."""

    def __init__(self, *options, network="host", settings=None, volume=None):
        self.ports = {"tcp": free_port(), "http": free_port(), "admin": free_port()}
        settings = dict(settings or {})
        if network == "host":
            places = {"tcp": "CHAT_PORT", "http": "CHAT_HTTP_PORT", "admin": "CHAT_ADMIN_PORT"}
            settings |= {place: self.ports[name] for name, place in places.items()}
            settings |= {"CHAT_HOST": "127.0.0.1", "CHAT_ADMIN_HOST": "127.0.0.1"}
        else:
            inside = {"tcp": 7400, "http": 7480, "admin": 7490}
            options += tuple(f"--publish=127.0.0.1:{self.ports[name]}:{port}" for name, port in inside.items())
        if volume:
            options += (f"--volume={volume}:/var/lib/chat-broker",)
        options += tuple(f"--env={name}={value}" for name, value in settings.items())
        self.id = podman("create", *OPTIONS, f"--network={network}", *options, IMAGE).stdout.strip()

    def start(self):
        """Starts it, and waits until it is ready.

        Returns: the seconds from the start of its process until it said that it is ready.
        """
        starting = subprocess.Popen(["podman", "start", self.id], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            ready = self._wait_until_ready()
        finally:
            assert starting.wait(COMMAND_LIMIT) == 0
        return ready - self._process_start()

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            answer = get(self.ports["admin"], "/readyz")
            if answer and answer[0] == 200:
                return time.clock_gettime(time.CLOCK_BOOTTIME)
            time.sleep(0.002)
        raise AssertionError(f"the broker is not ready after {START_LIMIT} s:\n{self.log()}")

    def _process_start(self):
        """In seconds since the machine has started, as the kernel has noted it, in hundredths."""
        with open(f"/proc/{self.state('Pid')}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return int(fields[19]) / os.sysconf("SC_CLK_TCK")

    def inspect(self):
        return json.loads(podman("inspect", self.id).stdout)[0]

    def state(self, name):
        return self.inspect()["State"][name]

    def log(self):
        done = podman("logs", self.id, check=False)
        return done.stdout + done.stderr

    def terminate(self):
        """SIGTERM. Returns the exit code and the seconds that it took."""
        began = time.monotonic()
        podman("kill", f"--signal={signal.SIGTERM.name}", self.id)
        code = int(podman("wait", self.id).stdout)
        return code, time.monotonic() - began

    def run(self, *arguments, **options):
        """A command of the image, in the network of this container."""
        done = once(*arguments, options=[f"--network=container:{self.id}"], **options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def tcp_inside(self):
        """The TCP port as those in the same network see it."""
        return self.ports["tcp"] if self.inspect()["HostConfig"]["NetworkMode"] == "host" else 7400

    def send(self, address, lines):
        server = f"127.0.0.1:{self.tcp_inside}"
        return podman(
            "run", "--rm", "--interactive", *OPTIONS, f"--network=container:{self.id}", IMAGE,
            "send", address, "--server", server, "--user", "alice", input="".join(f"{line}\n" for line in lines),
        )

    def history(self, address):
        """The bodies of all messages."""
        server = f"127.0.0.1:{self.tcp_inside}"
        printed = self.run("history", address, "--server", server, "--user", "alice", "--all", "--json")
        return [json.loads(line)["body"] for line in printed.splitlines()]

    def remove(self):
        """With what is in its network, and the volumes that have no name."""
        command = ("rm", "--force", "--ignore", "--depend", "--volumes", "--time=5", self.id)
        # podman does not remove one that ends by itself at the moment when it is to be killed. The second time it has ended.
        if podman(*command, check=False).returncode != 0:
            podman(*command)
