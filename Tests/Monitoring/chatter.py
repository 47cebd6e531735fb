"""Users who chat and make mistakes, so that every counter of a broker has something to count."""

import contextlib
import threading
import time

from chat_client import ChatClient, Closed, Refused
from websocket_chat_client import JSONChatClient, WebSocketChatClient

GROUP = "group:load"
# More than one publish may name.
TOO_MANY_ADDRESSES = 1_000


class Chatter:
    def __init__(self, broker):
        self._broker = broker
        self._stop = threading.Event()
        self._failure = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(30)

    def check(self):
        """Says if the load has come to an end by itself."""
        if self._failure:
            raise self._failure

    def _run(self):
        try:
            with contextlib.ExitStack() as opened:
                readers = [opened.enter_context(client) for client in self._clients("reader")]
                for reader in readers:
                    reader.join(GROUP)
                while not self._stop.is_set():
                    self._talk(readers)
                    self._make_mistakes()
                    time.sleep(0.05)
        except Exception as error:  # noqa: BLE001, told by check()
            self._failure = error

    def _clients(self, name):
        yield ChatClient("127.0.0.1", self._broker.port, f"{name}-tcp")
        yield WebSocketChatClient("127.0.0.1", self._broker.http_port, f"{name}-protobuf")
        yield JSONChatClient("127.0.0.1", self._broker.http_port, f"{name}-json")

    def _talk(self, readers):
        for reader in readers:
            reader.publish(GROUP, "hello")
        for reader in readers:
            while reader.next_message(0.01):
                pass
        readers[0].history(GROUP, limit=10)

    def _make_mistakes(self):
        """Each of these is refused, or ends the session."""
        for client in self._clients("stranger"):
            with client, contextlib.suppress(Closed):
                for to in ("group:not-a-member", ["user:x"] * TOO_MANY_ADDRESSES):
                    with contextlib.suppress(Refused):
                        client.publish(to, "let me in")
