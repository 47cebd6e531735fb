"""Brokers end: by a crash, and when they are asked to."""

import json
import time

import pytest
from chat_client import Closed, Refused


def test_a_crash_takes_nothing_that_was_acknowledged(own_broker, clients):
    alice = clients(own_broker, "alice")
    bob = clients(own_broker, "bob")
    alice.join("group:lobby"), bob.join("group:lobby")
    receipts = [
        alice.publish("group:lobby", f"message {number}", client_message_id=f"id-{number}")
        for number in range(1, 21)
    ]
    seen = [bob.next_message().sequence for _ in range(5)]
    assert seen == [1, 2, 3, 4, 5]
    resume = bob.positions()
    own_broker.kill()
    own_broker.start()

    alice = clients(own_broker, "alice")
    page = alice.history("group:lobby", limit=100)
    assert [message.sequence for message in page.messages] == [receipt.sequence for receipt in receipts]
    for number in (1, 20):
        again = alice.publish("group:lobby", f"message {number}", client_message_id=f"id-{number}")
        first = receipts[number - 1]
        assert again.duplicate
        assert (again.sequence, again.time) == (first.sequence, first.time)
    assert alice.publish("group:lobby", "after").sequence == 21

    # Membership is durable, and the log is the same: no gap.
    bob = clients(own_broker, "bob", resume=resume)
    sequences = []
    while len(sequences) < 16 and (update := bob.next_update()) is not None:
        assert not update.HasField("gap"), update
        if update.HasField("message"):
            sequences.append(update.message.sequence)
    assert sequences == list(range(6, 22))


def test_the_swift_client_survives_a_crash(own_broker, clients):
    listener = own_broker.begin("listen", "swift", "group:lobby", "--after", "0", "--count", "2")
    alice = clients(own_broker, "alice")
    alice.join("group:lobby")
    alice.publish("group:lobby", "before")
    first = json.loads(listener.stdout.readline())
    own_broker.kill()
    own_broker.start()
    alice = clients(own_broker, "alice")
    alice.publish("group:lobby", "after")
    lines = [first, *own_broker.results(listener)]
    assert [(line["sequence"], line["body"]) for line in lines] == [(1, "before"), (2, "after")]


def test_an_end_that_is_asked_for_is_announced(own_broker, clients):
    alice = clients(own_broker, "alice")
    alice.join("group:lobby")
    receipt = alice.publish("group:lobby", "last words")
    own_broker.ask_to_end()
    while (update := alice.next_update()) is not None and not update.HasField("go_away"):
        pass
    assert update is not None, "no GoAway came"
    assert update.go_away.reason
    alice.close()
    assert own_broker.exit_code() == 0, own_broker.log()

    own_broker.start()
    page = clients(own_broker, "alice").history("group:lobby")
    assert [(message.sequence, message.time) for message in page.messages] == [(1, receipt.time)]


def test_a_client_that_stays_is_closed_in_the_end(own_broker, clients):
    alice = clients(own_broker, "alice")
    own_broker.ask_to_end()
    deadline = time.monotonic() + 30
    with pytest.raises((Closed, Refused)):
        while time.monotonic() < deadline:
            alice.next_update(1)
    assert own_broker.exit_code() == 0, own_broker.log()


def test_a_broker_without_sessions_ends_at_once(own_broker):
    own_broker.ask_to_end()
    assert own_broker.exit_code() == 0, own_broker.log()
