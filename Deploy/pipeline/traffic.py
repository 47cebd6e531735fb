"""People who chat over WebSocket through a proxy, and remember what was acknowledged and by which node."""

import threading

from chat.v1 import error_pb2
from chat_client import Closed, Refused
from websocket_chat_client import WebSocketChatClient
from websockets.exceptions import WebSocketException

RESIDENTS = 8
VISITORS = 8
MESSAGES_OF_A_VISIT = 10
# Seconds between messages.
RESIDENT_PAUSE = 0.1
VISITOR_PAUSE = 0.01
# After a session was lost.
RETRY_PAUSE = 0.2
STOP_LIMIT = 60
# A node that was told to end says these.
MOVING = (error_pb2.ERROR_CODE_DRAINING,)


class Ledger:
    """What all have seen. For several threads."""

    def __init__(self):
        self._changed = threading.Condition()
        # (node, conversation, sequence): body
        self.acknowledged = {}
        # Why sessions ended that had not been told to go, or did not begin.
        self.dropped = []
        # Faults of the traffic itself.
        self.failures = []
        # The node of each resident.
        self.homes = {}

    def acknowledge(self, node, receipt, body):
        with self._changed:
            before = self.acknowledged.setdefault((node, receipt.conversation, receipt.sequence), body)
        if before != body:
            self.fail(node, ValueError(f"{receipt.conversation} {receipt.sequence} is given to two messages"))

    def drop(self, who, why):
        with self._changed:
            self.dropped.append(f"{who}: {why}")

    def fail(self, who, why):
        with self._changed:
            self.failures.append(f"{who}: {why!r}")
            self._changed.notify_all()

    def settle(self, who, node):
        with self._changed:
            self.homes[who] = node
            self._changed.notify_all()

    def wait_until_all_are_at(self, node, limit):
        """Whether all residents came to that node in time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self.failures or all(home == node for home in self.homes.values()), limit
            )


class Person(threading.Thread):
    """One user. A publish that was not answered is repeated, at whichever node answers next."""

    def __init__(self, name, port, ledger, stop):
        super().__init__(name=name, daemon=True)
        self._port = port
        self._ledger = ledger
        self._ended = stop
        self._group = f"group:{name}"
        self._number = 0
        self._pending = None

    def run(self):
        try:
            while not self._ended.is_set():
                try:
                    with WebSocketChatClient("127.0.0.1", self._port, self.name, timeout=30) as client:
                        self._stay(client)
                except (Closed, TimeoutError, ConnectionError, WebSocketException) as why:
                    # The last are what the proxy says when it finds nobody.
                    self._ledger.drop(self.name, repr(why))
                    self._ended.wait(RETRY_PAUSE)
                except Refused as why:
                    if why.code not in MOVING:
                        raise
        except Exception as why:  # noqa: BLE001, the run tells it
            self._ledger.fail(self.name, why)

    def _stay(self, client):
        raise NotImplementedError

    def _publish(self, client):
        if self._pending is None:
            self._number += 1
            self._pending = (f"{self.name} says {self._number}", client.new_id())
        body, identity = self._pending
        receipt = client.publish(self._group, body, client_message_id=identity)
        self._ledger.acknowledge(client.connected.node, receipt, body)
        self._pending = None

    def _told_to_go(self, client):
        """Reads what has come, and waits as long as a GoAway says."""
        while (update := client.next_update(0)) is not None:
            if update.HasField("go_away"):
                self._ended.wait(update.go_away.reconnect_after_ms / 1_000)
                return True
        return False


class Resident(Person):
    """Stays connected until told to go."""

    def _stay(self, client):
        client.join(self._group)
        self._ledger.settle(self.name, client.connected.node)
        while not self._ended.is_set():
            self._publish(client)
            if self._told_to_go(client):
                return
            self._ended.wait(RESIDENT_PAUSE)


class Visitor(Person):
    """Comes, says something and leaves: these show a weight at once."""

    def _stay(self, client):
        client.join(self._group)
        for _ in range(MESSAGES_OF_A_VISIT):
            if self._ended.is_set():
                return
            self._publish(client)
            if self._told_to_go(client):
                return
            self._ended.wait(VISITOR_PAUSE)


class Traffic:
    def __init__(self, port):
        self.ledger = Ledger()
        self._stop = threading.Event()
        self._people = [Resident(f"resident-{n}", port, self.ledger, self._stop) for n in range(RESIDENTS)]
        self._people += [Visitor(f"visitor-{n}", port, self.ledger, self._stop) for n in range(VISITORS)]

    def __enter__(self):
        for person in self._people:
            person.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for person in self._people:
            person.join(STOP_LIMIT)
