"""Bad input harms only its sender."""

import socket
import struct

import pytest
from chat.v1.client_pb2 import ClientFrame
from chat.v1.error_pb2 import (
    ERROR_CODE_FRAME_TOO_LARGE,
    ERROR_CODE_INVALID_ARGUMENT,
    ERROR_CODE_MALFORMED_FRAME,
    ERROR_CODE_OUT_OF_ORDER,
)
from chat_client import Closed, FrameReader, delimited


class RawConnection:
    """Bytes, and no manners."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self._reader = FrameReader(self.socket)

    def send(self, data):
        self.socket.sendall(data)

    def frame(self, timeout=10):
        frame = self._reader.next(timeout)
        assert frame is not None, "no frame came"
        return frame

    def connect(self, user):
        self.send(connect_frame(user))
        assert self.answer().connected.user == user

    def answer(self):
        """The next frame that answers a request; what the broker sends by itself is passed over."""
        while (frame := self.frame()).request_id == 0:
            pass
        return frame

    def error(self):
        """The code of the next error; other frames before it are passed over."""
        while True:
            frame = self.frame()
            if frame.HasField("error"):
                assert frame.error.message
                return frame.error.code

    def assert_closed(self):
        with pytest.raises(Closed):
            while True:
                self.frame()


def connect_frame(user):
    request = ClientFrame(request_id=1)
    request.connect.user = user
    return delimited(request.SerializeToString())


def ping_frame(request_id=2):
    request = ClientFrame(request_id=request_id)
    request.ping.SetInParent()
    return delimited(request.SerializeToString())


@pytest.fixture
def raw(broker):
    """A connection that misbehaves, while two neighbours must not notice."""
    connection = RawConnection(broker.port)
    yield connection
    connection.socket.close()


@pytest.fixture(autouse=True)
def neighbours(connect, name):
    """They are there before, and can still talk after."""
    group = "group:" + name("neighbours")
    one, other = connect(name("one")), connect(name("other"))
    one.join(group), other.join(group)
    yield
    assert one.publish(group, "all well?").sequence == 1
    message = other.next_message()
    assert (message.sequence, message.body) == (1, b"all well?")


GARBAGE = {
    "a tag that does not exist": delimited(b"\x07\x07\x07"),
    "a field that is longer than its frame": delimited(b"\x12\x7f\x01"),
    "a group that never ends": delimited(b"\x0b" * 20),
    "an HTTP request": delimited(b"GET / HTTP/1.1\r\n\r\n"),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_before_connect(raw, garbage):
    raw.send(garbage)
    assert raw.error() == ERROR_CODE_MALFORMED_FRAME
    raw.assert_closed()


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_in_a_session(raw, name, garbage):
    raw.connect(name("bad"))
    raw.send(garbage)
    assert raw.error() == ERROR_CODE_MALFORMED_FRAME
    raw.assert_closed()


@pytest.mark.parametrize("size", [2**20, 2**31 - 1, 2**32 - 1])
def test_a_length_over_the_limit_is_refused_before_the_frame_comes(raw, name, size):
    raw.connect(name("bad"))
    prefix = bytearray()
    while size > 0x7F:
        prefix.append(size & 0x7F | 0x80)
        size >>= 7
    raw.send(bytes(prefix) + bytes([size]))
    assert raw.error() == ERROR_CODE_FRAME_TOO_LARGE
    raw.assert_closed()


def test_a_length_that_never_ends(raw, name):
    raw.connect(name("bad"))
    raw.send(b"\xff" * 32)
    assert raw.error() in (ERROR_CODE_MALFORMED_FRAME, ERROR_CODE_FRAME_TOO_LARGE)
    raw.assert_closed()


def test_a_body_over_the_limit_leaves_the_session(connect, name):
    from chat_client import Refused

    alice = connect(name("alice"))
    with pytest.raises(Refused):
        alice.publish("broadcast:" + name("news"), bytes(alice.connected.limits.body_bytes + 1))
    assert alice.publish("broadcast:" + name("news"), bytes(alice.connected.limits.body_bytes)).sequence == 1


def test_another_first_frame_than_connect(raw):
    raw.send(ping_frame())
    assert raw.error() == ERROR_CODE_OUT_OF_ORDER


def test_a_second_connect(raw, name):
    raw.connect(name("bad"))
    raw.send(connect_frame(name("other")))
    assert raw.error() == ERROR_CODE_OUT_OF_ORDER


@pytest.mark.parametrize("text", [b"\xff\xfe", b"a\x00b"], ids=["not UTF-8", "with a NUL"])
def test_text_that_cannot_be_taken_refuses_its_request_alone(raw, name, text):
    raw.connect(name("bad"))
    address = b"group:" + text
    publish = b"\x0a" + bytes([len(address)]) + address
    raw.send(delimited(b"\x08\x07\x1a" + bytes([len(publish)]) + publish) + ping_frame())
    refused = raw.answer()
    assert (refused.request_id, refused.error.code) == (7, ERROR_CODE_INVALID_ARGUMENT)
    assert raw.answer().HasField("heartbeat")


def test_a_name_that_is_not_utf_8(raw):
    raw.send(delimited(b"\x08\x01\x12\x04\x12\x02\xff\xfe"))
    assert raw.error() == ERROR_CODE_INVALID_ARGUMENT


def test_fields_of_a_newer_version_are_passed_over(raw, name):
    user = name("new").encode()
    unknown = b"\xc0\x3e\x01" + b"\xca\x3e\x03abc" + b"\xcd\x3e" + struct.pack("<I", 7)
    connect = b"\x12" + bytes([len(user)]) + user + unknown
    raw.send(delimited(b"\x08\x01\x12" + bytes([len(connect)]) + connect + unknown))
    assert raw.answer().connected.user == name("new")
    raw.send(ping_frame())
    answer = raw.answer()
    assert answer.request_id == 2 and answer.HasField("heartbeat")


def test_a_request_of_a_newer_version_is_refused_alone(raw, name):
    raw.connect(name("new"))
    # Field 40 of ClientFrame, with an empty message.
    raw.send(delimited(b"\x08\x09\xc2\x02\x00"))
    frame = raw.answer()
    assert frame.request_id == 9 and frame.HasField("error")
    raw.send(ping_frame())
    assert raw.answer().HasField("heartbeat")


def test_an_empty_frame_is_refused_alone(raw, name):
    raw.connect(name("bad"))
    raw.send(b"\x00")
    assert raw.error()
    raw.send(ping_frame())
    assert raw.answer().HasField("heartbeat")


def test_frames_may_come_byte_by_byte_and_many_at_once(raw, name):
    for byte in connect_frame(name("slow")):
        raw.send(bytes([byte]))
    assert raw.answer().HasField("connected")
    for byte in ping_frame(2):
        raw.send(bytes([byte]))
    assert raw.answer().request_id == 2
    raw.send(b"".join(ping_frame(number) for number in range(3, 203)))
    assert [raw.answer().request_id for _ in range(200)] == list(range(3, 203))


def test_a_connection_that_breaks_off_in_a_frame(raw, name):
    raw.connect(name("bad"))
    raw.send(ping_frame()[:-1])
    # Reset instead of a tidy end.
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.socket.close()
