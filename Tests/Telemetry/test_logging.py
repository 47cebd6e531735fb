"""What the broker writes is ECS, and useful to those who run it."""

import re
import socket
import subprocess
import time

import pytest

from chat_client import ChatClient
from ecs_broker import EXECUTABLE, PATIENCE, wait_until
from index_template import field_types, mismatch

BASE = {"@timestamp", "log.level", "message", "ecs.version", "log.logger", "event.dataset", "service.name",
        "service.version", "service.node.name"}


def problems(lines):
    types = field_types()
    return {problem for line in lines for name, value in line.items() if (problem := mismatch(name, value, types))}


def use(broker):
    """Something of everything."""
    with ChatClient("127.0.0.1", broker.ports["tcp"], user="alice") as alice:
        alice.join("group:lobby")
        alice.publish("group:lobby", "hello")
    broker.wait_for("session closed", **{"user__id": "alice"})
    with socket.create_connection(("127.0.0.1", broker.ports["tcp"])) as stranger:
        stranger.sendall(b"\xff" * 32)
        stranger.recv(4096)
    broker.wait_for("session closed", chat__code="malformed_frame")
    assert broker.ask("/v1/users/bob/presence")[0] == 200
    assert broker.ask("/nowhere")[0] == 404


def test_every_line_is_ecs_with_the_fields_and_types_of_the_index_template(broker):
    use(broker)
    assert broker.stop() == 0
    lines = broker.lines()
    assert all(BASE <= set(line) for line in lines)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["@timestamp"]) for line in lines)
    assert {line["service.node.name"] for line in lines} == {"node-1"}
    assert problems(lines) == set()
    # What has no field of its own is from the library that handles signals, and from nowhere else.
    assert {name for line in lines for name in line if name.startswith("labels.")} <= {
        "labels.sl-service", "labels.sl-services", "labels.sl-signal", "labels.sl-cancellationSignals",
        "labels.sl-gracefulShutdownSignals"}
    assert broker.errors.read_text() == ""


def test_the_life_of_the_broker_is_told(broker):
    with ChatClient("127.0.0.1", broker.ports["tcp"], user="alice"):
        broker.wait_for("session opened", **{"user__id": "alice"})
        assert broker.stop() == 0
    messages = [line["message"] for line in broker.lines() if line["log.level"] not in ("trace", "debug")]
    assert messages[:4] == ["starting", "listening", "listening", "listening"]
    assert "draining" in messages and messages[-1] == "stopped"
    draining = broker.wait_for("draining")
    assert draining["chat.sessions"] == 1 and draining["chat.grace_ms"] > 0
    # The client takes no notice of GoAway.
    assert broker.wait_for("draining goes on")["chat.sessions"] == 1
    broker.wait_for("the grace time is over: sessions that are left are closed", **{"log__level": "warning"})
    assert broker.wait_for("session closed")["chat.code"] == "draining"


def test_sessions_are_told_with_who_from_where_and_why(broker):
    use(broker)
    opened = broker.wait_for("session opened", user__id="alice")
    assert opened["log.level"] == "debug"
    assert opened["client.address"] == "127.0.0.1" and opened["client.port"] > 0
    assert opened["chat.transport"] == "stream"
    closed = broker.wait_for("session closed", user__id="alice")
    assert closed["chat.session"] == opened["chat.session"]
    assert closed["chat.code"] == "none" and closed["event.reason"] == "the connection ended"
    assert closed["event.duration"] >= 0
    refused = broker.wait_for("session closed", chat__code="malformed_frame")
    assert refused["event.reason"] == "the broker ended it" and "user.id" not in refused


def test_requests_have_ids_that_clients_may_choose(broker):
    status, headers, _ = broker.ask("/v1/users/bob/presence", headers={"X-Request-Id": "from-the-proxy.7"})
    assert status == 200 and headers["X-Request-Id"] == "from-the-proxy.7"
    line = broker.wait_for("request", http__request__id="from-the-proxy.7")
    assert line["chat.route"] == "/v1/users/{user}/presence" and line["http.request.method"] == "GET"
    assert line["http.response.status_code"] == 200 and line["event.outcome"] == "success"
    assert line["event.duration"] > 0

    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    status, headers, _ = broker.ask(
        "/nowhere?key=planted", headers={"X-Request-Id": "not allowed\"", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    own = headers["X-Request-Id"]
    assert status == 404 and re.fullmatch("[0-9a-f]{16}", own)
    assert broker.wait_for("request", http__request__id=own)["trace.id"] == trace
    assert "planted" not in broker.output.read_text()


def test_a_limit_that_is_hit_is_told_once_with_how_often(broker):
    began = time.monotonic()
    with ChatClient("127.0.0.1", broker.ports["tcp"], user="alice") as alice:
        for _ in range(50):
            with pytest.raises(Exception, match="body_bytes"):
                alice.publish("user:bob", b"x" * 100_000)
        wait_until(lambda: sum(hits(broker)) == 50, "all hits are told")
    # One line a second.
    assert len(hits(broker)) <= 2 + time.monotonic() - began
    line = broker.wait_for("a limit was hit", chat__limit="body_bytes")
    assert line["log.level"] == "warning"


def hits(broker):
    return [line["chat.count"] for line in broker.lines() if line["message"] == "a limit was hit"]


def test_a_start_that_fails_is_in_the_log_and_on_standard_error(broker, make_broker, tmp_path):
    done = subprocess.run(
        [EXECUTABLE, "serve", "--data", str(broker.data), "--port", "0"], capture_output=True, text=True,
        timeout=PATIENCE, env=broker._environment)
    assert done.returncode == 74 and "in use" in done.stderr
    assert '"log.level":"critical"' in done.stdout and "in use" in done.stdout


def test_text_is_for_people(broker, tmp_path):
    done = subprocess.run(
        [EXECUTABLE, "serve", "--data", str(broker.data), "--port", "0"], capture_output=True, text=True,
        timeout=PATIENCE, env={**broker._environment, "CHAT_LOG_FORMAT": "text"})
    assert re.search(r"^\S+Z info     starting ", done.stderr, re.MULTILINE), done.stderr


@pytest.mark.parametrize("name,value", [
    ("CHAT_LOG_FORMAT", "xml"), ("CHAT_TRACE_ENDPOINT", "collector:4318"), ("CHAT_TRACE_SAMPLE_RATIO", "2")])
def test_a_wrong_setting_stops_the_start(tmp_path, name, value):
    import os

    done = subprocess.run(
        [EXECUTABLE, "serve", "--data", str(tmp_path), "--port", "0"], capture_output=True, text=True,
        timeout=PATIENCE, env={**os.environ, name: value})
    assert done.returncode == 78 and name in done.stderr
    # An address may hold a password.
    assert (value in done.stderr) == (name != "CHAT_TRACE_ENDPOINT")


def test_lines_of_many_sessions_are_not_mixed(broker):
    for _ in range(3):
        clients = [ChatClient("127.0.0.1", broker.ports["tcp"], user=f"user-{number}") for number in range(60)]
        for client in clients:
            client.close()
    wait_until(lambda: sum(line["message"] == "session closed" for line in broker.lines()) >= 180, "all are closed")
    assert problems(broker.lines()) == set()
