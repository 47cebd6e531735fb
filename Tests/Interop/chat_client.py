"""A blocking client for chat-broker: all of the wire protocol in one page.

It needs nothing but the ``protobuf`` package and the classes that protoc makes of ``Protos/``:

    python -m grpc_tools.protoc --proto_path=Protos --python_out=. Protos/chat/v1/*.proto

    with ChatClient("127.0.0.1", 7400, user="alice") as alice:
        alice.join("group:lobby")
        receipt = alice.publish("group:lobby", "hello")
        print(receipt.sequence, alice.next_message().body)

Where the broker has TLS, ``tls=ssl.create_default_context()`` encrypts the connection and verifies the broker.

A program that may lose its connection keeps ``positions()`` and gives them as ``resume`` to the next
client: then it is sent what it missed, and nothing twice. It publishes again whatever was not
answered, with the same ``client_message_id``: then that is stored once.
"""

import collections
import secrets
import socket
import time

from chat.v1.client_pb2 import START_AFTER, START_TAIL, ClientFrame
from chat.v1.conversation_pb2 import Position
from chat.v1.error_pb2 import ErrorCode
from chat.v1.server_pb2 import ServerFrame


class Refused(Exception):
    """The broker refused a request, or ends the session."""

    def __init__(self, error):
        super().__init__(f"{ErrorCode.Name(error.code)}: {error.message}")
        self.code = error.code
        self.retry_after_ms = error.retry_after_ms


class Closed(Exception):
    """The broker closed the connection."""


def delimited(frame_bytes):
    """A frame as it goes over TCP: its length as a base-128 varint, then the frame."""
    length = len(frame_bytes)
    prefix = bytearray()
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + frame_bytes


class FrameReader:
    """Takes frames out of a TCP stream, with a time-out that never loses a frame's beginning.

    Without a time-out, ``google.protobuf.proto.parse_length_prefixed`` on ``socket.makefile("rb")`` does.
    """

    def __init__(self, connection):
        self._connection = connection
        self._buffer = bytearray()

    def next(self, timeout):
        """The next ServerFrame; None when time is up."""
        deadline = time.monotonic() + timeout
        while (frame := self._take()) is None:
            received = self._receive(max(0.001, deadline - time.monotonic()))
            if received is None:
                return None
            if not received:
                raise Closed("the broker closed the connection")
            self._buffer += received
        return frame

    def _receive(self, timeout):
        """What comes first within the time; None: nothing, empty: the end."""
        usual = self._connection.gettimeout()
        self._connection.settimeout(timeout)
        try:
            return self._connection.recv(64 * 1024)
        except TimeoutError:
            return None
        except ConnectionResetError:
            return b""
        finally:
            self._connection.settimeout(usual)

    def _take(self):
        length = 0
        for index, byte in enumerate(self._buffer[:5]):
            length |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                start, end = index + 1, index + 1 + length
                break
        else:
            return None
        if len(self._buffer) < end:
            return None
        frame = ServerFrame.FromString(bytes(self._buffer[start:end]))
        del self._buffer[:end]
        return frame


class ChatClient:
    """One session. Not for use by several threads at once."""

    def __init__(self, host, port, user, *, token="", device="", resume=(), timeout=10, tls=None):
        self.timeout = timeout
        self._tls = tls
        self._open(host, port)
        self._updates = collections.deque()
        self._positions = {position.conversation: position for position in resume}
        self._last_request_id = 0

        request = ClientFrame()
        request.connect.token = token
        request.connect.user = user
        request.connect.device = device
        request.connect.client = "chat-client-python"
        request.connect.resume.extend(resume)
        try:
            self.connected = self.request(request).connected
        except BaseException:
            self._connection.close()
            raise
        for state in self.connected.conversations:
            self._follow(state)

    def _open(self, host, port):
        self._connection = socket.create_connection((host, port), self.timeout)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            self._connection = self._tls.wrap_socket(self._connection, server_hostname=host)
        self._reader = FrameReader(self._connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._connection.close()

    # Requests

    def publish(self, to, body, *, client_message_id=None, content_type="", traceparent=""):
        """Publishes to one address (and returns its Receipt) or to a list of them (a list of Receipts)."""
        request = ClientFrame()
        request.publish.to.extend([to] if isinstance(to, str) else to)
        request.publish.body = body.encode() if isinstance(body, str) else body
        request.publish.client_message_id = self.new_id() if client_message_id is None else client_message_id
        request.publish.content_type = content_type
        request.publish.traceparent = traceparent
        receipts = list(self.request(request).published.receipts)
        return receipts[0] if isinstance(to, str) else receipts

    def subscribe(self, conversation, after=None):
        """Follows a broadcast from now on, or moves the place in any conversation to ``after``."""
        request = ClientFrame()
        request.subscribe.conversation = conversation
        request.subscribe.start = START_TAIL
        if after is not None:
            request.subscribe.start = START_AFTER
            request.subscribe.after.CopyFrom(
                after if isinstance(after, Position) else Position(sequence=after)
            )
        return self._follow(self.request(request).subscribed.conversation)

    def unsubscribe(self, conversation):
        request = ClientFrame()
        request.unsubscribe.conversation = conversation
        self.request(request)
        self._positions.pop(conversation, None)

    def join(self, conversation):
        request = ClientFrame()
        request.join.conversation = conversation
        return self._follow(self.request(request).subscribed.conversation)

    def leave(self, conversation):
        request = ClientFrame()
        request.leave.conversation = conversation
        self.request(request)
        self._positions.pop(conversation, None)

    def history(self, conversation, *, after=0, before=0, from_start=False, limit=0):
        """A page of the log: the newest one, the first one, or the one after or before a sequence."""
        request = ClientFrame()
        request.history.conversation = conversation
        request.history.after = after
        request.history.before = before
        request.history.from_start = from_start
        request.history.limit = limit
        return self.request(request).history_page

    def acknowledge(self, *positions):
        """Says what this device has received. There is no answer."""
        request = ClientFrame()
        request.acknowledge.positions.extend(positions or self.positions())
        self.send(request)

    def mark_read(self, *positions):
        """Says what the user has read. There is no answer."""
        request = ClientFrame()
        request.mark_read.positions.extend(positions or self.positions())
        self.send(request)

    def typing(self, conversation):
        """Says that the user is writing a message. There is no answer."""
        request = ClientFrame()
        request.typing.conversation = conversation
        self.send(request)

    def refresh(self, token):
        """Brings a new token before the old one expires; see the event ``token_expiring``."""
        request = ClientFrame()
        request.refresh.token = token
        self.request(request)

    def ping(self):
        """Shows that this client is alive. The Heartbeat has the ends of the logs that moved."""
        request = ClientFrame()
        request.ping.SetInParent()
        return self.request(request).heartbeat

    # What the broker sends by itself

    def next_update(self, timeout=None):
        """The next ServerFrame that is no answer: message, gap, event, heartbeat or go_away.

        None when time is up.
        """
        if self._updates:
            return self._updates.popleft()
        frame = self._reader.next(self.timeout if timeout is None else timeout)
        return None if frame is None else self._observe(frame)

    def next_message(self, timeout=None):
        """The next Message; other updates before it are passed over. None when time is up."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while (update := self.next_update(max(0, deadline - time.monotonic()))) is not None:
            if update.HasField("message"):
                return update.message
        return None

    def positions(self):
        """What this device has: for ``resume`` of the next client, and for ``acknowledge``."""
        return list(self._positions.values())

    # Frames

    @staticmethod
    def new_id():
        """A new client_message_id. It grows with time, which a store finds fastest."""
        return f"{time.time_ns():016x}{secrets.token_hex(8)}"

    def send(self, request):
        self._connection.sendall(delimited(request.SerializeToString()))

    def request(self, request):
        """Sends a ClientFrame and returns the ServerFrame that answers it."""
        self._last_request_id += 1
        request.request_id = self._last_request_id
        self.send(request)
        deadline = time.monotonic() + self.timeout
        while (frame := self._reader.next(max(0, deadline - time.monotonic()))) is not None:
            if frame.request_id == request.request_id:
                if frame.HasField("error"):
                    raise Refused(frame.error)
                return frame
            self._updates.append(self._observe(frame))
        raise TimeoutError(f"no answer to {request.WhichOneof('body')} within {self.timeout} s")

    def _observe(self, frame):
        kind = frame.WhichOneof("body")
        if kind == "error":
            raise Refused(frame.error)
        if kind == "message":
            self._move(frame.message.conversation, frame.message.sequence)
        elif kind == "gap":
            self._move(frame.gap.conversation, frame.gap.to, frame.gap.epoch)
        elif kind == "event" and frame.event.HasField("following"):
            self._follow(frame.event.following)
        elif kind == "event" and frame.event.HasField("unfollowed"):
            self._positions.pop(frame.event.unfollowed, None)
        return frame

    def _follow(self, state):
        self._move(state.conversation, state.position, state.epoch)
        return state

    def _move(self, conversation, sequence, epoch=None):
        position = self._positions.setdefault(conversation, Position(conversation=conversation))
        position.sequence = sequence
        if epoch is not None:
            position.epoch = epoch
