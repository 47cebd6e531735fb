"""More connections than the process may have descriptors."""

import http.client
import json
import re
import socket
import threading
import time
from contextlib import ExitStack

import pytest
from broker import COMMAND_LIMIT, Broker
from chat.v1.error_pb2 import ERROR_CODE_LIMIT_EXCEEDED
from chat_client import ChatClient, Closed, Refused

DESCRIPTORS = 64
# Of those that are kept for the broker itself the metrics may need one, and the store some.
LEAST_FREE = 4
OPEN = re.compile(r"^process_open_fds (\d+)$", re.MULTILINE)
HITS = re.compile(r'^chat_limit_hits_total\{limit="descriptors"\} (\d+)$', re.MULTILINE)


@pytest.fixture
def tight_broker(tmp_path):
    # Connections that say nothing stay.
    broker = Broker(tmp_path, {"CHAT_LIMITS_HANDSHAKE_TIMEOUT_MS": "600000"}, descriptors=DESCRIPTORS).start()
    yield broker
    broker.kill()


def test_without_descriptors_sessions_go_on_and_accepting_resumes(tight_broker, clients):
    alice, bob = clients(tight_broker, "alice"), clients(tight_broker, "bob")
    # It has its descriptor before there are none.
    admin = http.client.HTTPConnection("127.0.0.1", tight_broker.admin_port, timeout=COMMAND_LIMIT)

    def metric(pattern):
        admin.request("GET", "/metrics")
        found = pattern.search(admin.getresponse().read().decode())
        return int(found[1]) if found else 0

    assert metric(HITS) == 0
    # The kernel takes them all, the broker as many as it can: operators get what is kept from clients, too.
    others = [socket.create_connection(("127.0.0.1", tight_broker.admin_port), COMMAND_LIMIT) for _ in range(100)]
    try:
        deadline = time.monotonic() + COMMAND_LIMIT
        while metric(HITS) == 0:
            assert time.monotonic() < deadline, "nobody has noticed"
        for number in range(10):
            alice.publish("user:bob", str(number))
            assert bob.next_message().body == str(number).encode()
            # Without any, the runtime would end the process.
            assert metric(OPEN) <= DESCRIPTORS - LEAST_FREE
        # A listener that asks without a pause would come to thousands a second.
        assert metric(HITS) < 10
    finally:
        for connection in others:
            connection.close()
    clients(tight_broker, "carol").publish("user:bob", "after")
    assert bob.next_message().body == b"after"
    assert 1 <= tight_broker.log().count("connections cannot be accepted") < 10


def test_operators_come_in_while_clients_take_all_descriptors_that_they_get(tight_broker):
    with ExitStack() as opened:
        clients = threading.Thread(target=come, args=(tight_broker, 200, opened))
        clients.start()
        while clients.is_alive():
            assert_answers(tight_broker)
            assert int(OPEN.search(fresh(tight_broker, "/metrics")[1])[1]) <= DESCRIPTORS - LEAST_FREE
        # All have come.
        assert_answers(tight_broker)
        refusal = refusal_of_a_client(tight_broker)
        assert refusal.code == ERROR_CODE_LIMIT_EXCEEDED and refusal.retry_after_ms > 0
        assert "descriptors" in str(refusal)
        assert int(HITS.search(fresh(tight_broker, "/metrics")[1])[1]) > 100
        status, health = fresh(tight_broker, "/health")
        assert status == 200 and json.loads(health)["checks"]["descriptors"]["status"] == "degraded"


def come(broker, count, opened):
    """Opens connections of clients, over TCP and HTTP in turn. The kernel takes them all."""
    for number in range(count):
        port = broker.http_port if number % 2 else broker.port
        opened.enter_context(socket.create_connection(("127.0.0.1", port), COMMAND_LIMIT))


def assert_answers(broker):
    """Probes and monitoring, each over a connection of its own."""
    for path in ("/livez", "/readyz"):
        status, text = fresh(broker, path)
        assert status in (200, 503) and json.loads(text)["checks"], path
    status, text = fresh(broker, "/metrics")
    assert status == 200 and "process_open_fds" in text


def fresh(broker, path):
    """The status and the text of an answer over a connection of its own."""
    operator = http.client.HTTPConnection("127.0.0.1", broker.admin_port, timeout=COMMAND_LIMIT)
    try:
        operator.request("GET", path)
        answer = operator.getresponse()
        return answer.status, answer.read().decode()
    finally:
        operator.close()


def refusal_of_a_client(broker):
    """What one is told that comes now. Only a few at a time are told, others are closed without a word."""
    deadline = time.monotonic() + COMMAND_LIMIT
    while time.monotonic() < deadline:
        try:
            ChatClient("127.0.0.1", broker.port, "carol").close()
        except Refused as refusal:
            return refusal
        except (Closed, ConnectionError):
            time.sleep(0.05)
            continue
        raise AssertionError("it was let in")
    raise AssertionError("none is told why")
