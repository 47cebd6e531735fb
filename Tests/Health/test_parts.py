"""Green never lies: each part is broken for real, and looked at, and heals."""

import socket

import pytest
from chat.v1.error_pb2 import ERROR_CODE_UNAVAILABLE
from chat_client import Refused
from node import eventually
from small_disk import MEGABYTE, fill, small_disk


@pytest.fixture
def disk(tmp_path):
    """A file system of 112 MB; readiness wants 64."""
    with small_disk(tmp_path / "disk", megabytes=112) as path:
        yield path


def test_a_node_that_is_well_says_so(node):
    for path in ("/livez", "/readyz", "/startupz", "/health"):
        status, checks = node.checks(path)
        assert status == 200 and checks
        assert {state for state, _ in checks.values()} == {"ok"}
    assert set(node.checks()[1]) == {"loops", "store", "disk", "accepting", "memory", "descriptors", "tokens"}
    assert node.health().returncode == 0
    assert node.health().stdout.startswith("ok\n")


def test_a_disk_that_fills_is_told_first_then_publishing_is_refused_and_all_heals(nodes, disk):
    node = nodes(data=disk / "data")
    alice = node.client("alice")
    alice.join("group:lobby")
    assert node.checks("/readyz")[0] == 200

    # Little room: not ready, while everything still works.
    ballast = disk / "ballast"
    fill(ballast, 60 * MEGABYTE)
    checks = eventually(lambda: (found := node.checks("/readyz"))[0] == 503 and found[1], "it is not ready")
    assert checks["disk"][0] == "failing" and "health.disk_free_bytes" in checks["disk"][1]
    assert checks["store"][0] == "ok"
    assert node.checks("/livez")[0] == 200
    assert alice.publish("group:lobby", "1", client_message_id="id-1").sequence == 1

    # No room: refused, with a hint when to come back.
    fill(ballast)
    refused = []

    def refuse():
        fill(ballast)
        try:
            alice.publish("group:lobby", "2" * 30_000, client_message_id=f"big-{len(refused)}")
        except Refused as error:
            refused.append(error)
        return len(refused) >= 2

    eventually(refuse, "publishes are refused")
    assert {error.code for error in refused} == {ERROR_CODE_UNAVAILABLE}
    assert all(error.retry_after_ms > 0 for error in refused)
    checks = eventually(
        lambda: fill(ballast) is not None and (found := node.checks())[1]["store"][0] == "failing" and found[1],
        "the store's check fails")
    assert "full" in checks["store"][1]
    metrics = node.metrics()
    assert metrics['chat_healthy{check="store"}'] == 0
    assert metrics["chat_store_errors_total"] > 0
    assert metrics['chat_publish_errors_total{code="unavailable"}'] >= 2
    asked = node.health()
    assert asked.returncode == 1 and asked.stdout.startswith("failing\n"), asked
    assert node.health("--json").stdout.startswith("{")

    # Room again: it goes on by itself.
    ballast.unlink()
    eventually(lambda: node.checks("/readyz")[0] == 200, "it is ready again")
    assert alice.publish("group:lobby", "1", client_message_id="id-1").duplicate
    assert not alice.publish("group:lobby", "3", client_message_id="id-3").duplicate
    assert node.health().returncode == 0


def test_descriptors_that_run_out_are_told_before_they_have(nodes):
    # Connections that say nothing stay.
    node = nodes(descriptors=64, environment={"CHAT_LIMITS_HANDSHAKE_TIMEOUT_MS": "600000"})
    open_now = int(node.metrics()["process_open_fds"])
    assert node.metrics()["process_max_fds"] == 64
    connections = [socket.create_connection(("127.0.0.1", node.port)) for _ in range(59 - open_now)]
    status, checks = eventually(
        lambda: (found := node.checks())[1]["descriptors"][0] == "degraded" and found, "it is degraded")
    assert status == 200
    assert "ulimit" in checks["descriptors"][1]
    asked = node.health()
    assert asked.returncode == 0 and asked.stdout.startswith("degraded\n"), asked
    for connection in connections:
        connection.close()
    eventually(lambda: node.checks()[1]["descriptors"][0] == "ok", "it is well again")


def test_who_asks_where_nothing_is_learns_what_to_do(node):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        asked = node.command("health", "--url", f"http://127.0.0.1:{port}", "--timeout", "1")
        assert asked.returncode == 1 and "no answer" in asked.stderr and "--url" in asked.stderr
    asked = node.command("health", "--url", f"http://127.0.0.1:{port}")
    assert asked.returncode == 1 and "no answer" in asked.stderr
    assert node.command("health", "--url", "ftp://x").returncode == 64
