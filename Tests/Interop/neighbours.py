"""Two users who chat all the time, whatever others do to the broker."""

import threading
import time

from chat_client import ChatClient
from websocket_chat_client import JSONChatClient

GROUP = "group:neighbours"
# How long they may go without a message: far more than one takes, also on a busy machine.
PATIENCE = 10


class Neighbours:
    def __init__(self, broker):
        self._one = ChatClient("127.0.0.1", broker.port, "neighbour-one")
        self._other = JSONChatClient("127.0.0.1", broker.http_port, "neighbour-two")
        self._stop = threading.Event()
        self._heard = threading.Condition()
        self._count = 0
        self._failure = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._one.join(GROUP), self._other.join(GROUP)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(PATIENCE)
        self._one.close(), self._other.close()

    def _run(self):
        try:
            while not self._stop.is_set():
                for sender in (self._one, self._other):
                    text = f"message {self._count + 1}"
                    sequence = sender.publish(GROUP, text).sequence
                    for client in (self._one, self._other):
                        message = client.next_message(PATIENCE)
                        assert message is not None, f"{text} did not come"
                        assert (message.sequence, message.body.decode()) == (sequence, text)
                    assert sequence == self._count + 1
                    with self._heard:
                        self._count = sequence
                        self._heard.notify_all()
                time.sleep(0.005)
        except BaseException as failure:
            with self._heard:
                self._failure = failure
                self._heard.notify_all()

    def assert_goes_on(self):
        """Waits until each has heard the other once more."""
        with self._heard:
            enough = self._count + 2
            self._heard.wait_for(lambda: self._failure or self._count >= enough, PATIENCE)
            assert self._failure is None, f"the neighbours noticed: {self._failure!r}"
            assert self._count >= enough, "the neighbours wait"
