"""A drain loses nothing: what was published is answered or repeated, and the process ends with 0 in time."""

import threading
import time
import urllib.request

import pytest
from chat.v1.client_pb2 import ClientFrame
from chat_client import Closed, Refused
from node import PATIENCE, eventually
from permitted import require
from threads import is_permitted, stopped, store_writer

PUBLISHERS = 6
WINDOW = 16
# What a drain may take with its defaults: the grace and the time to cut, and room for a busy machine.
STOP_LIMIT = 25
LOBBY = "group:lobby"


class Publisher(threading.Thread):
    """Publishes with several requests on their way, and repeats what was not answered over the next connection."""

    def __init__(self, name):
        super().__init__(name=name, daemon=True)
        self.acknowledged = {}
        self.unanswered = {}
        self.was_told = False
        self.answers_after_goodbye = 0
        self.failure = None
        self._last = 0

    def begin(self, node):
        self.client = node.client(self.name)
        self.client.join(LOBBY)
        self.start()

    def run(self):
        try:
            while True:
                while len(self.unanswered) < WINDOW:
                    self._last += 1
                    self._publish(f"{self.name}-{self._last}")
                self._take()
        except (Closed, ConnectionError):
            pass
        except Exception as error:  # Looked at by the test, on its own thread.
            self.failure = error

    def _publish(self, identity):
        request = ClientFrame()
        request.request_id = 1_000 + int(identity.rsplit("-", 1)[1])
        request.publish.to.append(LOBBY)
        request.publish.body = identity.encode()
        request.publish.client_message_id = identity
        self.unanswered[request.request_id] = identity
        self.client.send(request)

    def _take(self):
        frame = self.client._reader.next(PATIENCE)
        if frame is None:
            raise TimeoutError("nothing came")
        if frame.HasField("go_away"):
            self.was_told = True
        elif frame.HasField("published"):
            identity = self.unanswered.pop(frame.request_id)
            self.acknowledged[identity] = frame.published.receipts[0].sequence
            self.answers_after_goodbye += self.was_told
        elif frame.HasField("error") and frame.request_id == 0:
            raise Closed(frame.error.message)
        elif frame.HasField("error"):
            raise Refused(frame.error)

    def repeat(self, node):
        """On the next node: what was not answered, with the same ids."""
        with node.client(self.name) as client:
            for identity in self.unanswered.values():
                receipt = client.publish(LOBBY, identity, client_message_id=identity)
                self.acknowledged[identity] = receipt.sequence
        self.unanswered = {}


def log(node):
    """Bodies by sequence, of the whole log."""
    bodies, last = {}, 0
    with node.client("reader") as client:
        client.join(LOBBY)
        while True:
            page = client.history(LOBBY, after=last, from_start=last == 0)
            if not page.messages:
                return bodies
            for message in page.messages:
                bodies[message.sequence] = message.body.decode()
            last = page.messages[-1].sequence


@pytest.mark.parametrize("how", ["signal", "operator"])
def test_publishes_in_flight_are_answered_or_repeated_and_none_is_lost(nodes, how):
    # Long enough to look at it meanwhile.
    node = nodes(environment={"CHAT_DRAIN_GRACE_MS": "8000"})
    listener = node.client("listener")
    listener.join(LOBBY)
    publishers = [Publisher(f"user{number}") for number in range(PUBLISHERS)]
    for publisher in publishers:
        publisher.begin(node)
    eventually(lambda: all(len(publisher.acknowledged) > 30 for publisher in publishers), "all publish")

    began = time.monotonic()
    if how == "signal":
        node.process.terminate()
    else:
        key = (node.data / "admin.key").read_text().strip()
        drain(node, key)
    status, checks = eventually(
        lambda: (found := node.checks("/readyz"))[0] == 503 and found, "it says that it is not ready")
    assert checks["accepting"][0] == "failing" and "drains" in checks["accepting"][1]
    assert node.process.wait(STOP_LIMIT) == 0, node.log()
    assert time.monotonic() - began < STOP_LIMIT
    for publisher in publishers:
        publisher.join(PATIENCE)
        assert publisher.failure is None
        assert publisher.was_told
    assert all(publisher.answers_after_goodbye > 0 for publisher in publishers), "they could finish"

    heard = received(listener)
    resume = listener.positions()
    node.start()
    for publisher in publishers:
        publisher.repeat(node)
    bodies = log(node)
    assert list(bodies) == list(range(1, len(bodies) + 1)), "dense, and in order"
    assert len(set(bodies.values())) == len(bodies), "none is there twice"
    for publisher in publishers:
        for identity, sequence in publisher.acknowledged.items():
            assert bodies[sequence] == identity
    assert sum(len(publisher.acknowledged) for publisher in publishers) == len(bodies)

    # The listener goes on where it was.
    with node.client("listener", resume=resume) as listener:
        while len(heard) < len(bodies):
            message = listener.next_message()
            assert message is not None, f"{len(heard)} of {len(bodies)} came"
            heard.append(message.sequence)
    assert heard == list(range(1, len(bodies) + 1))


def received(client):
    """The sequences that a client was sent until its connection was closed."""
    sequences = []
    try:
        while (update := client.next_update()) is not None:
            if update.HasField("message"):
                sequences.append(update.message.sequence)
    except (Closed, Refused):
        pass
    return sequences


def drain(node, key):
    request = urllib.request.Request(
        f"http://127.0.0.1:{node.admin_port}/v1/broker/drain", method="POST",
        headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert answer.status == 202


def test_sessions_that_go_when_they_are_told_let_the_node_end_at_once(nodes):
    # Longer than the end is waited for.
    node = nodes(environment={"CHAT_DRAIN_GRACE_MS": "600000"})
    clients = [node.client(f"user{number}") for number in range(20)]
    node.process.terminate()
    waits = []
    for client in clients:
        while not (update := client.next_update()).HasField("go_away"):
            pass
        waits.append(update.go_away.reconnect_after_ms)
        client.close()
    assert node.process.wait(STOP_LIMIT) == 0, node.log()
    assert len(set(waits)) > 10 and max(waits) < 1_000, "their reconnects are spread"


def test_a_disk_that_hangs_does_not_keep_the_process(nodes):
    require(is_permitted(), "stopping single threads of another process (ptrace)")
    node = nodes()
    receipt = node.client("alice").publish("user:alice", "acknowledged")
    with stopped(store_writer(node.process.pid)):
        node.process.terminate()
        eventually(lambda: "was not closed within" in node.log(), "it says why it ends")
        # A process ends with its last thread, and that one stands still until here.
        time.sleep(0.2)
    assert node.process.wait(STOP_LIMIT) == 74, node.log()
    node.start()
    page = node.client("alice").history("user:alice")
    assert [message.sequence for message in page.messages] == [receipt.sequence]
