"""ChatClient over WebSocket, in both formats: the library ``websockets``, and protobuf's own JSON."""

import collections
import contextlib
import socket
import time

from chat_client import ChatClient, Closed, delimited
from chat.v1.server_pb2 import ServerFrame
from google.protobuf import json_format
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


def split_delimited(data):
    """The frames of a binary message. It has whole ones only."""
    start = 0
    while start < len(data):
        length, shift = 0, 0
        while True:
            byte = data[start]
            start += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        assert start + length <= len(data), "a message ends within a frame"
        yield data[start : start + length]
        start += length


class WebSocketChatClient(ChatClient):
    """A session over WebSocket. It takes frames from the network only while it is asked for one."""

    subprotocol = "chat.v1.protobuf"

    def __init__(self, host, port, user, *, receive_buffer=None, **options):
        self._receive_buffer = receive_buffer
        self.close_code = None
        self._received = collections.deque()
        super().__init__(host, port, user, **options)

    def _open(self, host, port):
        connection = socket.socket()
        connection.settimeout(self.timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
        connection.connect((host, port))
        self._socket = connection
        opening = connect(
            f"{'wss' if self._tls else 'ws'}://{host}:{port}/v1/ws",
            sock=connection,
            ssl=self._tls,
            subprotocols=[self.subprotocol],
            compression=None,
            open_timeout=self.timeout,
            ping_interval=None,
            close_timeout=1,
            max_size=None,
            max_queue=1 if self._receive_buffer else 16,
        )
        self._opened = contextlib.ExitStack()
        self._connection = self._opened.enter_context(opening)
        assert self._connection.subprotocol == self.subprotocol
        self._reader = self

    def close(self):
        self._opened.close()

    def drop(self):
        """Loses the connection: no Close, and what has come is not looked at."""
        self._socket.shutdown(socket.SHUT_RDWR)

    def next(self, timeout):
        """The next ServerFrame; None when time is up."""
        deadline = time.monotonic() + timeout
        while not self._received:
            try:
                message = self._connection.recv(max(0, deadline - time.monotonic()))
            except TimeoutError:
                return None
            except ConnectionClosed as closed:
                self.close_code = closed.rcvd and closed.rcvd.code
                raise Closed(f"the broker closed the connection: {closed}") from None
            self._received.extend(self.decode(message))
        return self._received.popleft()

    # Messages

    def send(self, request):
        self.send_message(self.encode([request]))

    def send_message(self, message):
        try:
            self._connection.send(message)
        except ConnectionClosed as closed:
            raise Closed(f"the broker closed the connection: {closed}") from None

    def encode(self, requests):
        """One message of several frames."""
        return b"".join(delimited(request.SerializeToString()) for request in requests)

    def decode(self, message):
        assert isinstance(message, bytes), "text, where there is only binary data"
        return map(ServerFrame.FromString, split_delimited(message))


class JSONChatClient(WebSocketChatClient):
    subprotocol = "chat.v1.json"

    def encode(self, requests):
        return "\n".join(json_format.MessageToJson(request, indent=None) for request in requests)

    def decode(self, message):
        assert isinstance(message, str), "binary data, where there is only text"
        # Not splitlines: what it takes for the end of a line may stand in a text.
        return [json_format.Parse(line, ServerFrame()) for line in message.split("\n") if line]
