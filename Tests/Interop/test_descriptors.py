"""More connections than the process may have descriptors."""

import http.client
import re
import socket
import time

import pytest
from broker import COMMAND_LIMIT, Broker

HITS = re.compile(r'^chat_limit_hits_total\{limit="descriptors"\} (\d+)$', re.MULTILINE)


@pytest.fixture
def tight_broker(tmp_path):
    broker = Broker(tmp_path, descriptors=64).start()
    yield broker
    broker.kill()


def test_without_descriptors_sessions_go_on_and_accepting_resumes(tight_broker, clients):
    alice, bob = clients(tight_broker, "alice"), clients(tight_broker, "bob")
    # It has its descriptor before there are none.
    admin = http.client.HTTPConnection("127.0.0.1", tight_broker.admin_port, timeout=COMMAND_LIMIT)

    def hits():
        admin.request("GET", "/metrics")
        found = HITS.search(admin.getresponse().read().decode())
        return int(found[1]) if found else 0

    assert hits() == 0
    began = time.monotonic()
    # The kernel takes them all, the broker as many as it can.
    others = [socket.create_connection(("127.0.0.1", tight_broker.port), COMMAND_LIMIT) for _ in range(100)]
    try:
        deadline = time.monotonic() + COMMAND_LIMIT
        while hits() == 0:
            assert time.monotonic() < deadline, "nobody has noticed"
        before, noticed = hits(), time.monotonic()
        for number in range(10):
            alice.publish("user:bob", str(number))
            assert bob.next_message().body == str(number).encode()
        while hits() < before + 3:
            assert time.monotonic() < noticed + COMMAND_LIMIT, "it is not tried again"
        # A listener that asks without a pause would come to thousands a second.
        assert hits() - before < 50 * (1 + time.monotonic() - noticed)
    finally:
        for connection in others:
            connection.close()
    clients(tight_broker, "carol").publish("user:bob", "after")
    assert bob.next_message().body == b"after"
    said = tight_broker.log().count("connections cannot be accepted")
    assert 1 <= said <= 2 + time.monotonic() - began
