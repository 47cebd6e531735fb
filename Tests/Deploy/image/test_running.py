"""The image as an orchestrator runs it."""

import os
import statistics
import subprocess
from pathlib import Path

from container import COMMAND_LIMIT, IMAGE, OPTIONS, get, once, podman

# In seconds.
READY_GATE = 0.3
STARTS = 5
SERIES = 3
DRAIN_GATE = 25
TEXTS = [f"message {number}" for number in range(100)]


def test_it_is_ready_soon_after_its_start(brokers, say):
    # Other work on the machine may make one series slow, but not each.
    for _ in range(SERIES):
        times = sorted(brokers().start() for _ in range(STARTS))
        median = statistics.median(times)
        if median <= READY_GATE:
            break
    spread = f"{times[0] * 1000:.0f} to {times[-1] * 1000:.0f}"
    say(f"ready after {median * 1000:.0f} ms (of {len(times)}: {spread}), allowed {READY_GATE * 1000:.0f}")
    # Not the best one, with which a start that is slow every other time would pass.
    assert median <= READY_GATE


def test_it_drains_when_it_is_told_to_end(brokers, say):
    broker = brokers()
    broker.start()
    broker.send("group:lobby", ["are you there"])
    listener = subprocess.Popen(
        ["podman", "run", "--rm", *OPTIONS, f"--network=container:{broker.id}", IMAGE, "listen", "group:lobby",
         "--after", "0", "--server", f"127.0.0.1:{broker.tcp_inside}", "--user", "bob", "--json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    try:
        # Then there is a session that has to be told to go.
        assert "are you there" in listener.stdout.readline()
        code, seconds = broker.terminate()
    finally:
        listener.kill()
        listener.wait(COMMAND_LIMIT)
    say(f"ended {seconds:.1f} s after SIGTERM, with a session")
    assert code == 0, broker.log()
    assert seconds <= DRAIN_GATE


def test_messages_outlive_the_container_on_the_same_volume(brokers, volume):
    first = brokers(volume=volume)
    first.start()
    first.send("group:lobby", TEXTS)
    assert first.terminate()[0] == 0
    first.remove()
    second = brokers(volume=volume)
    second.start()
    assert second.history("group:lobby") == TEXTS


def test_messages_outlive_a_kill(brokers, volume):
    first = brokers(volume=volume)
    first.start()
    first.send("group:lobby", TEXTS)
    podman("kill", "--signal=SIGKILL", first.id)
    first.remove()
    second = brokers(volume=volume)
    second.start()
    assert second.history("group:lobby") == TEXTS


def test_it_is_reached_through_mapped_ports_of_a_bridge(brokers):
    broker = brokers(network="bridge", settings={"CHAT_ALLOW_INSECURE_REMOTE": "true"})
    broker.start()
    status, page = get(broker.ports["http"], "/")
    assert status == 200 and b"<html" in page
    broker.send("group:lobby", TEXTS)
    assert broker.history("group:lobby") == TEXTS


def test_another_container_of_the_bridge_reaches_it_by_its_address(brokers):
    broker = brokers(network="bridge", settings={"CHAT_ALLOW_INSECURE_REMOTE": "true"})
    broker.start()
    address = broker.inspect()["NetworkSettings"]["Networks"]["podman"]["IPAddress"]
    done = once("health", "--url", f"http://{address}:7490/health", options=["--network=bridge"])
    assert done.returncode == 0, done.stderr


def test_it_refuses_to_let_everybody_in_unless_it_is_told_to():
    done = once("serve", options=["--network=bridge"])
    assert done.returncode == 78
    assert "CHAT_ALLOW_INSECURE_REMOTE" in done.stderr


def test_its_own_health_check_passes_and_fails(brokers):
    broker = brokers(network="bridge", settings={"CHAT_ALLOW_INSECURE_REMOTE": "true"})
    broker.start()
    assert podman("healthcheck", "run", broker.id, check=False).returncode == 0
    podman("pause", broker.id)
    stopped = once("health", "--url", f"http://127.0.0.1:{broker.ports['admin']}/health", options=["--network=host"])
    podman("unpause", broker.id)
    assert stopped.returncode != 0


def test_it_lives_within_a_limit_of_memory(brokers):
    limit = 96 * 1024 * 1024
    broker = brokers(f"--memory={limit}", f"--memory-swap={limit}", "--pids-limit=64")
    broker.start()
    texts = [f"{number} " + "x" * 1000 for number in range(5000)]
    broker.send("group:lobby", texts)
    group = Path("/proc", str(broker.state("Pid")), "cgroup").read_text()
    assert _limit(group) == limit
    assert broker.state("Running") and not broker.state("OOMKilled")
    assert len(broker.history("group:lobby")) == len(texts)


def _limit(group):
    """The limit of memory that the kernel has for this control group, of either version."""
    groups = dict(line.split(":", 2)[1:] for line in group.splitlines())
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place, _, system = line.partition(" - ")
        root, point = place.split()[3:5]
        kind, _, options = system.split()
        if kind == "cgroup" and "memory" in options.split(","):
            path, name = groups["memory"], "memory.limit_in_bytes"
        elif kind == "cgroup2":
            path, name = groups[""], "memory.max"
        else:
            continue
        # In a container only a part of the hierarchy may be there.
        file = Path(point, os.path.relpath(path, root), name)
        if file.exists():
            return int(file.read_text())
    raise AssertionError(f"no limit of memory in {group}")


def test_it_cannot_write_to_its_root(brokers):
    done = once("serve", "--data", "/usr/data", "--port", "0", "--http-port", "0", "--admin-port", "0",
                options=["--network=none", "--env=CHAT_HOST=127.0.0.1", "--env=CHAT_ADMIN_HOST=127.0.0.1"])
    assert done.returncode == 74
    assert "/usr/data" in done.stderr
