"""WebSocket by hand: sends anything, and takes only what RFC 6455 allows a server."""

import base64
import errno
import hashlib
import json
import os
import select
import socket
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
JSON, PROTOBUF = "chat.v1.json", "chat.v1.protobuf"

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Ended(Exception):
    """The server ended the connection."""


def frame(opcode, payload=b"", *, fin=True, rsv=0, mask=b"\x37\xfa\x21\x3d", announced=None, form=None):
    """A client's frame.

    ``mask`` None leaves it unmasked, ``announced`` is another length than the payload's, and ``form`` says
    in how many bits the length stands: 7, 16 or 64.
    """
    length = len(payload) if announced is None else announced
    form = form or (7 if length < 126 else 16 if length < 2**16 else 64)
    first = fin << 7 | rsv << 4 | opcode
    masked = 0 if mask is None else 0x80
    header = {
        7: lambda: struct.pack(">BB", first, masked | length),
        16: lambda: struct.pack(">BBH", first, masked | 126, length),
        64: lambda: struct.pack(">BBQ", first, masked | 127, length),
    }[form]()
    if mask is None:
        return header + payload
    return header + mask + masked_with(mask, payload)


def masked_with(mask, payload):
    if not payload:
        return b""
    key = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(len(payload), "big")


def close_payload(code, reason=b""):
    return struct.pack(">H", code) + reason


def new_key():
    return base64.b64encode(os.urandom(16)).decode()


def request(port, *, method="GET", path="/v1/ws", version="HTTP/1.1", fields=None, more=()):
    """A client's handshake.

    ``fields`` replaces header fields, or with None leaves them out; ``more`` adds some, as pairs.
    """
    all_fields = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": new_key(),
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": JSON,
        **(fields or {}),
    }
    lines = [f"{method} {path} {version}"]
    lines += [f"{name}: {value}" for name, value in all_fields.items() if value is not None]
    lines += [f"{name}: {value}" for name, value in more]
    return "".join(line + "\r\n" for line in lines + [""]).encode("latin-1")


class RawWebSocket:
    """A connection to /v1/ws, with the server's answer to the handshake; it need not be 101."""

    def __init__(self, port, *, timeout=10, chop=None, **handshake):
        self.timeout = timeout
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        key = handshake.setdefault("fields", {}).setdefault("Sec-WebSocket-Key", new_key())
        self.send(request(port, **handshake), chop=chop)
        self.status, self.fields = self._read_head()
        if self.status == 101:
            wanted = base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()
            assert self.fields["sec-websocket-accept"] == wanted
            assert self.fields["upgrade"].lower() == "websocket"
            assert "upgrade" in self.fields["connection"].lower()
            assert "sec-websocket-extensions" not in self.fields, "no extension was agreed on"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    @property
    def subprotocol(self):
        return self.fields.get("sec-websocket-protocol")

    # To the server

    def send(self, data, *, chop=None):
        """Sends bytes, if wanted in pieces of so many. That the server has ended already is no error."""
        try:
            for start in range(0, len(data), chop or len(data) or 1):
                self.socket.sendall(data[start : start + (chop or len(data))])
        except (BrokenPipeError, ConnectionResetError):
            pass

    # From the server

    def _receive(self):
        try:
            data = self.socket.recv(64 * 1024)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Ended("the server ended the connection")
        self._buffer += data

    def _take(self, count):
        while len(self._buffer) < count:
            self._receive()
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def _read_head(self):
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        head = self._take(self._buffer.index(b"\r\n\r\n") + 4).decode("latin-1")
        status, *lines = head.split("\r\n")[:-2]
        version, code, _ = (status + " ").split(" ", 2)
        assert version in ("HTTP/1.1", "HTTP/1.0"), status
        fields = {}
        for line in lines:
            name, value = line.split(":", 1)
            fields[name.lower()] = value.strip()
        return int(code), fields

    def body(self):
        """The body of an answer that is no upgrade."""
        return self._take(int(self.fields["content-length"]))

    def next(self):
        """The next frame, as (opcode, payload)."""
        first, second = self._take(2)
        assert not first & 0x70, "the server set a reserved bit"
        assert first & 0x80, "the broker sends whole messages"
        assert not second & 0x80, "a server's frame is not masked"
        opcode, length = first & 0x0F, second
        assert opcode in (TEXT, BINARY, CLOSE, PING, PONG), f"the server sent opcode {opcode}"
        assert opcode < CLOSE or length < 126, "a control frame has at most 125 bytes"
        if second == 126:
            (length,) = struct.unpack(">H", self._take(2))
            assert length > 125, "a length must stand in as few bytes as it can"
        elif second == 127:
            (length,) = struct.unpack(">Q", self._take(8))
            assert 2**16 <= length < 2**63, "a length must stand in as few bytes as it can"
        payload = self._take(length)
        if opcode == TEXT:
            payload.decode()
        if opcode == CLOSE and payload:
            payload[2:].decode()
        return opcode, payload

    def has_more(self, timeout):
        """Whether something comes in that time."""
        return bool(self._buffer or select.select([self.socket], [], [], timeout)[0])

    def half_close(self):
        """Ends our side. That the server has ended already is no error."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise

    def closed(self, *, answers=True):
        """Passes over frames until Close, and answers it; the code, or None.

        Then the server must end the connection.
        """
        while (received := self.next())[0] != CLOSE:
            pass
        payload = received[1]
        assert len(payload) != 1
        if answers:
            self.send(frame(CLOSE, payload[:2]))
        self.assert_ended()
        return struct.unpack(">H", payload[:2])[0] if payload else None

    def assert_ended(self):
        """Nothing more comes, and the connection ends."""
        try:
            byte = self._take(1)
        except Ended:
            return
        raise AssertionError(f"something came after the end: {byte}")


class RawSession(RawWebSocket):
    """A session in chat.v1.json that has joined a group of its own."""

    def __init__(self, port, user, *, group=None, **options):
        super().__init__(port, **options)
        assert self.status == 101, self.status
        assert self.subprotocol == JSON
        self.group = group or f"group:{user}"
        self.pongs = []
        self._frames = []
        self._last_request = 0
        self.ask({"connect": {"user": user, "client": "raw"}})
        self.ask({"join": {"conversation": self.group}})

    def request_line(self, body):
        """A line with a new request id, without the line's end."""
        self._last_request += 1
        return json.dumps({"requestId": str(self._last_request), **body}, separators=(",", ":")).encode()

    def publish_line(self, text):
        body = base64.b64encode(text).decode()
        return self.request_line({"publish": {"to": [self.group], "body": body}})

    def publish_line_of(self, size):
        """A publish that has exactly so many bytes, most of them in the message's body; and that body."""
        spare = size - len(self.publish_line(b""))
        text = b"x" * (spare // 4 * 3)
        self._last_request -= 1
        line = self.publish_line(text)
        return line + b" " * (size - len(line)), text

    def next_json(self):
        """The next frame of the protocol, as a dictionary; pongs are kept aside."""
        while not self._frames:
            opcode, payload = self.next()
            assert opcode in (TEXT, PONG), f"opcode {opcode}: {payload}"
            if opcode == PONG:
                self.pongs.append(payload)
            else:
                self._frames = [json.loads(line) for line in payload.split(b"\n") if line]
        return self._frames.pop(0)

    def pong(self):
        """The next pong; what the broker tells by itself is passed over."""
        while (received := self.next())[0] == TEXT:
            pass
        assert received[0] == PONG, received
        return received[1]

    def answer(self, request_id=None):
        """The answer to the last request, or to another."""
        wanted = str(request_id or self._last_request)
        while (received := self.next_json()).get("requestId") != wanted:
            assert "error" not in received, received
        return received

    def next_error(self):
        """The code of the next error; other frames before it are passed over."""
        while "error" not in (received := self.next_json()):
            pass
        assert received["error"]["message"]
        return received["error"]["code"]

    def ask(self, body):
        self.send(frame(TEXT, self.request_line(body)))
        answer = self.answer()
        assert "error" not in answer, answer
        return answer

    def message(self):
        """The body of the next message."""
        while "message" not in (received := self.next_json()):
            assert "error" not in received, received
        return base64.b64decode(received["message"].get("body", ""))

    def assert_alive(self):
        """It can still publish, and hears it."""
        text = os.urandom(6)
        self.send(frame(TEXT, self.publish_line(text)))
        assert self.message() == text
