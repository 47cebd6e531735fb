"""RFC 6455 to the letter, case by case, while neighbours must not notice."""

import json
import random
import socket
import time

import pytest
from chat_client import delimited
from neighbours import Neighbours
from raw_websocket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    JSON,
    PING,
    PONG,
    PROTOBUF,
    TEXT,
    Ended,
    RawSession,
    RawWebSocket,
    close_payload,
    frame,
    request,
)

MESSAGE_LIMIT = 256 * 1024
LINE_LIMIT = 192 * 1024
SIZES = [125, 126, 127, 128, 65535, 65536]
CHOPS = [None, 1, 7, 997]


@pytest.fixture(scope="module")
def talk(broker):
    """Two users who chat all the time, one over TCP and one over WebSocket."""
    with Neighbours(broker) as talk:
        yield talk


@pytest.fixture(autouse=True)
def neighbours(talk):
    """They go on during every case, and after it."""
    talk.assert_goes_on()
    yield
    talk.assert_goes_on()


@pytest.fixture
def session(broker, name):
    with RawSession(broker.http_port, name("raw")) as session:
        yield session


@pytest.fixture
def binary(broker):
    """A connection with chat.v1.protobuf."""
    with RawWebSocket(broker.http_port, fields={"Sec-WebSocket-Protocol": PROTOBUF}) as connection:
        assert (connection.status, connection.subprotocol) == (101, PROTOBUF)
        yield connection


def fragments(payload, *cuts, opcode=TEXT):
    """The frames of one message that is cut at these places."""
    edges = [0, *cuts, len(payload)]
    parts = [payload[start:end] for start, end in zip(edges, edges[1:])]
    return [
        frame(CONTINUATION if index else opcode, part, fin=index == len(parts) - 1)
        for index, part in enumerate(parts)
    ]


def assert_fails(connection, code, *data):
    """The server closes with this code, and nothing that comes after has an effect."""
    connection.send(b"".join(data))
    assert connection.closed() == code


def shown(data):
    return data.hex() if len(data) < 16 else f"{data[:8].hex()}…{len(data)}"


# Framing


@pytest.mark.parametrize("chop", CHOPS)
@pytest.mark.parametrize("size", SIZES)
def test_a_text_message_of_any_size(session, size, chop):
    line, text = session.publish_line_of(size)
    assert len(line) == size
    session.send(frame(TEXT, line), chop=chop)
    assert session.message() == text


@pytest.mark.parametrize("chop", CHOPS)
@pytest.mark.parametrize("size", SIZES)
def test_a_binary_message_of_any_size(binary, name, size, chop):
    user = name("binary").encode()
    body = b"\x12" + delimited(user)

    def message_of(filler):
        # Field 200 is not known: it is there to fill the frame.
        return delimited(b"\x08\x01\x12" + delimited(body) + b"\xc2\x0c" + delimited(filler))

    message = next(
        message
        for length in range(size - len(message_of(b"")), 0, -1)
        if len(message := message_of(bytes(length))) <= size
    )
    # Where a longer filler would have a longer length, too, a frame with no known body fills the message.
    message += b"\x00" * (size - len(message))
    binary.send(frame(BINARY, message), chop=chop)
    opcode, payload = binary.next()
    assert opcode == BINARY and name("binary").encode() in payload


@pytest.mark.parametrize("chop", [None, 1])
def test_an_empty_message_is_nothing(session, chop):
    session.send(frame(TEXT) + b"".join(fragments(b"", 0, 0)), chop=chop)
    session.assert_alive()


def test_an_empty_binary_message_is_nothing(binary):
    binary.send(frame(BINARY) + frame(PING, b"still there"))
    assert binary.next() == (PONG, b"still there")


def test_messages_to_the_client_of_many_sizes(session):
    # Whether a length stands in as few bytes as it can is checked by the client.
    for size in [*range(0, 60), *range(48_900, 49_200, 20), 65_536]:
        text = bytes(size)
        session.send(frame(TEXT, session.publish_line(text)))
        assert session.message() == text


def test_several_messages_in_one_segment(session):
    lines = [session.publish_line(b"%d" % number) for number in range(100)]
    session.send(b"".join(frame(TEXT, line) for line in lines))
    assert [session.message() for _ in lines] == [b"%d" % number for number in range(100)]


@pytest.mark.parametrize("mask", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\x02\x03\x04"], ids=bytes.hex)
def test_any_mask(session, mask):
    line, text = session.publish_line_of(1001)
    session.send(frame(TEXT, line, mask=mask))
    assert session.message() == text


@pytest.mark.parametrize("opcode", [TEXT, PING, CLOSE])
@pytest.mark.parametrize("payload", [b"", b"\x03\xe8 tidy"], ids=["empty", "with payload"])
def test_an_unmasked_frame(session, opcode, payload):
    assert_fails(session, 1002, frame(opcode, payload, mask=None), frame(TEXT, session.publish_line(b"late")))


# Pings and pongs


@pytest.mark.parametrize("chop", [None, 1])
@pytest.mark.parametrize("payload", [b"", b"x", b"\x00\xff\xfe\xc3", bytes(range(125))], ids=shown)
def test_a_ping_is_answered_with_the_same_data(session, payload, chop):
    session.send(frame(PING, payload), chop=chop)
    assert session.pong() == payload


def test_ping_before_connect(broker):
    with RawWebSocket(broker.http_port) as connection:
        connection.send(frame(PING, b"first of all"))
        assert connection.next() == (PONG, b"first of all")


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
@pytest.mark.parametrize("size, form", [(126, 16), (300, 16), (65536, 64), (10, 16), (10, 64)])
def test_a_control_frame_is_short(session, opcode, size, form):
    if size < 126:
        # Shorter than its form: it must not be taken for another frame, and may be refused.
        session.send(frame(opcode, close_payload(1000) + bytes(size - 2), form=form) + frame(CLOSE))
        assert session.closed() in (None, 1000, 1002)
    else:
        assert_fails(session, 1002, frame(opcode, close_payload(1000) + bytes(size - 2), form=form))


@pytest.mark.parametrize("announced", [2**16, 2**31, 2**32, 2**62, 2**63, 2**64 - 1])
def test_a_long_control_frame_is_refused_before_it_has_come(session, announced):
    session.send(frame(PING, announced=announced, form=64))
    assert session.closed() in (1002, 1009)


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
@pytest.mark.parametrize("payload", [b"", b"\x03\xe8"], ids=["empty", "with payload"])
def test_a_control_frame_in_parts(session, opcode, payload):
    assert_fails(session, 1002, frame(opcode, payload, fin=False), frame(CONTINUATION))


def test_ten_pings_one_after_the_other(session):
    for number in range(10):
        session.send(frame(PING, b"ping %d" % number))
        assert session.pong() == b"ping %d" % number


@pytest.mark.parametrize("chop", [None, 1])
def test_ten_pings_at_once(session, chop):
    # A server may answer only the newest of those that it has not answered yet.
    payloads = [b"ping %d" % number for number in range(10)]
    session.send(b"".join(frame(PING, payload) for payload in payloads), chop=chop)
    pongs = []
    while payloads[-1] not in pongs:
        pongs.append(session.pong())
    assert pongs == sorted(set(pongs)) and set(pongs) <= set(payloads)
    session.assert_alive()
    assert session.pongs == []


@pytest.mark.parametrize("payload", [b"", b"who asked?", bytes(125)], ids=shown)
def test_a_pong_that_nobody_asked_for(session, payload):
    session.send(frame(PONG, payload) + frame(PING, b"after it"))
    assert session.pong() == b"after it"


# Reserved bits and opcodes


@pytest.mark.parametrize("rsv", range(1, 8))
@pytest.mark.parametrize("opcode", [TEXT, PING, CLOSE])
def test_a_reserved_bit(session, rsv, opcode):
    payload = session.publish_line(b"reserved") if opcode == TEXT else b"" if opcode == CLOSE else b"ping"
    assert_fails(session, 1002, frame(opcode, payload, rsv=rsv), frame(TEXT, session.publish_line(b"late")))


def test_a_reserved_bit_in_a_continuation(session):
    assert_fails(session, 1002, frame(TEXT, b" ", fin=False), frame(CONTINUATION, b" ", rsv=4))


@pytest.mark.parametrize("payload", [b"", b"reserved"], ids=["empty", "with payload"])
@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
def test_a_reserved_opcode(session, opcode, payload):
    assert_fails(session, 1002, frame(opcode, payload), frame(PING))


@pytest.mark.parametrize("opcode", [3, 7, 11, 15])
def test_a_reserved_opcode_within_a_message(session, opcode):
    assert_fails(session, 1002, frame(TEXT, b" ", fin=False), frame(opcode))


# Fragments


@pytest.mark.parametrize("chop", CHOPS)
@pytest.mark.parametrize("count", [2, 3, 10, 1000])
def test_a_message_in_fragments(session, count, chop):
    line, text = session.publish_line_of(2000)
    cuts = [len(line) * number // count for number in range(1, count)]
    session.send(b"".join(fragments(line, *cuts)), chop=chop)
    assert session.message() == text


def test_fragments_that_are_empty(session):
    line, text = session.publish_line_of(200)
    session.send(b"".join(fragments(line, 0, 0, 50, 50, 200)))
    assert session.message() == text


@pytest.mark.parametrize("chop", CHOPS)
def test_pings_between_the_fragments(session, chop):
    line, text = session.publish_line_of(300)
    parts = fragments(line, 1, 100, 200, 299)
    # One at a time, so that each is answered.
    for number, part in enumerate(parts[:-1]):
        session.send(part + frame(PING, b"%d" % number), chop=chop)
        assert session.pong() == b"%d" % number
    session.send(frame(PONG, b"nobody asked") + parts[-1], chop=chop)
    assert session.message() == text


@pytest.mark.parametrize("fin", [True, False])
@pytest.mark.parametrize("chop", [None, 1])
def test_a_continuation_of_nothing(session, fin, chop):
    session.send(frame(CONTINUATION, b" ", fin=fin) + frame(TEXT, session.publish_line(b"late")), chop=chop)
    assert session.closed() == 1002


@pytest.mark.parametrize("fin", [True, False])
def test_a_continuation_after_the_last(session, fin):
    line, text = session.publish_line_of(300)
    session.send(b"".join(fragments(line, 100)))
    assert session.message() == text
    assert_fails(session, 1002, frame(CONTINUATION, b" ", fin=fin))


@pytest.mark.parametrize("fin", [True, False])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_message_within_another(session, opcode, fin):
    assert_fails(session, 1002, frame(TEXT, b" ", fin=False), frame(opcode, b" ", fin=fin))


def test_a_message_without_an_end_keeps_nobody_waiting(session):
    session.send(frame(TEXT, b" ", fin=False) + frame(PING, b"waiting"))
    assert session.pong() == b"waiting"
    session.send(frame(CLOSE, close_payload(1001)))
    assert session.closed() == 1001


# UTF-8

VALID = ["κόσμε", "\x7f\u0080\u07ff\u0800\ud7ff\ue000", "\ufdd0\ufffe\uffff", "\U00010000\U0010ffff", "a\u0301👩‍👩‍👧"]

INVALID = {
    "a continuation alone": b"\x80",
    "two of them": b"\xbf\xbf",
    "a beginning alone, of 2": b"\xc3",
    "a beginning alone, of 3": b"\xe2",
    "two of three": b"\xe2\x82",
    "three of four": b"\xf0\x9f\x92",
    "cut short, then a letter": b"\xe2\x82a",
    "overlong, 2": b"\xc0\x80",
    "overlong slash": b"\xc0\xaf",
    "overlong, the last of 2": b"\xc1\xbf",
    "overlong, 3": b"\xe0\x80\x80",
    "overlong, the last of 3": b"\xe0\x9f\xbf",
    "overlong, 4": b"\xf0\x80\x80\x80",
    "overlong, the last of 4": b"\xf0\x8f\xbf\xbf",
    "the first surrogate": b"\xed\xa0\x80",
    "the last surrogate": b"\xed\xbf\xbf",
    "a pair of surrogates": b"\xed\xa0\xbd\xed\xb8\x80",
    "above Unicode": b"\xf4\x90\x80\x80",
    "above Unicode, f5": b"\xf5\x80\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "fe": b"\xfe",
    "ff": b"\xff",
    "Latin-1": "Grüße".encode("latin-1"),
}


def noted(session, note):
    """A ping with bytes in a field that no version of the broker knows."""
    line = session.request_line({"ping": {}, "note": "?"})
    return line.replace(b"?", note)


@pytest.mark.parametrize("text", VALID, ids=ascii)
def test_text_is_utf_8(session, text):
    session.send(frame(TEXT, noted(session, text.encode())))
    assert "heartbeat" in session.answer()
    # Also where fragments and segments end within a letter.
    line = noted(session, text.encode())
    session.send(b"".join(fragments(line, *range(1, len(line)))))
    assert "heartbeat" in session.answer()
    session.send(frame(TEXT, noted(session, text.encode())), chop=1)
    assert "heartbeat" in session.answer()


@pytest.mark.parametrize("data", INVALID.values(), ids=INVALID.keys())
def test_text_that_is_not_utf_8(session, data):
    assert_fails(session, 1007, frame(TEXT, noted(session, data)), frame(PING))


@pytest.mark.parametrize("data", INVALID.values(), ids=INVALID.keys())
def test_fragments_that_are_not_utf_8_together(session, data):
    line = noted(session, data)
    assert_fails(session, 1007, *fragments(line, *range(1, len(line))), frame(PING))


@pytest.mark.parametrize("data", [b"\xc3", b"\xe2\x82", b"\xf0\x9f\x92"], ids=bytes.hex)
def test_text_that_ends_within_a_letter(session, data):
    session.send(frame(TEXT, b" " + data) + frame(TEXT, b"\x80"))
    assert session.closed() == 1007


# Close


def test_close_without_a_code(session):
    session.send(frame(CLOSE))
    assert session.closed() in (None, 1000)


@pytest.mark.parametrize("reason", [b"", b"bye", "Grüße ✓".encode(), b"x" * 123], ids=shown)
@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
)
def test_close_is_answered_with_the_same_code(session, code, reason):
    session.send(frame(CLOSE, close_payload(code, reason)))
    assert session.closed() == code


@pytest.mark.parametrize(
    "code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
)
def test_a_close_code_that_nobody_may_send(session, code):
    assert_fails(session, 1002, frame(CLOSE, close_payload(code)))


def test_close_of_one_byte(session):
    assert_fails(session, 1002, frame(CLOSE, b"\x03"))


@pytest.mark.parametrize("size", [126, 200])
def test_close_that_is_too_long(session, size):
    assert_fails(session, 1002, frame(CLOSE, close_payload(1000, b"x" * (size - 2))))


@pytest.mark.parametrize("reason", INVALID.values(), ids=INVALID.keys())
def test_a_reason_that_is_not_utf_8(session, reason):
    assert_fails(session, 1007, frame(CLOSE, close_payload(1000, reason)))


@pytest.mark.parametrize(
    "first",
    [frame(CLOSE, close_payload(1000)), frame(CLOSE, b"\x03"), frame(3), frame(CONTINUATION), frame(BINARY)],
    ids=["close", "a bad close", "a reserved opcode", "a continuation", "the wrong kind"],
)
def test_nothing_counts_after_the_end(session, connect, name, first):
    late = frame(TEXT, session.publish_line(b"late")) + frame(PING, b"late") + frame(CLOSE, close_payload(4000))
    session.send(first + late)
    assert session.closed() in (1000, 1002, 1003)
    reader = connect(name("reader"))
    reader.join(session.group)
    assert len(reader.history(session.group).messages) == 0


@pytest.mark.parametrize("data", [frame(3), frame(TEXT, b"?")], ids=["a protocol error", "no JSON"])
def test_a_close_that_the_client_does_not_answer(session, data):
    session.send(data)
    assert session.closed(answers=False) in (1002, 1008)


def test_close_before_connect(broker):
    with RawWebSocket(broker.http_port) as connection:
        connection.send(frame(CLOSE, close_payload(4321)))
        assert connection.closed() == 4321


def test_a_connection_that_ends_without_close(session):
    session.socket.close()


def test_what_was_published_before_close_is_stored(session, connect, name):
    session.send(frame(TEXT, session.publish_line(b"last words")) + frame(CLOSE, close_payload(1000)))
    assert session.closed() == 1000
    reader = connect(name("reader"))
    reader.join(session.group)
    assert [message.body for message in reader.history(session.group).messages] == [b"last words"]


# Too big, and the wrong kind


@pytest.mark.parametrize("announced", [MESSAGE_LIMIT + 1, 2**31, 2**32 - 1, 2**32, 2**62])
def test_a_message_over_the_limit_is_refused_before_it_has_come(session, announced):
    session.send(frame(TEXT, announced=announced, form=64))
    assert session.closed() == 1009


@pytest.mark.parametrize("announced", [2**63, 2**64 - 1])
def test_a_length_that_cannot_be(session, announced):
    session.send(frame(TEXT, announced=announced, form=64))
    assert session.closed() in (1002, 1009)


@pytest.mark.parametrize("parts", [2, 8, 200])
def test_fragments_over_the_limit(session, parts):
    size = MESSAGE_LIMIT // parts + 1
    data = [frame(TEXT if number == 0 else CONTINUATION, b" " * size, fin=False) for number in range(parts)]
    assert_fails(session, 1009, *data)


def test_the_longest_message(session):
    line, text = session.publish_line_of(MESSAGE_LIMIT // 4)
    rest = b"\n" + b" " * (MESSAGE_LIMIT - len(line) - 1)
    session.send(frame(TEXT, line + rest))
    assert session.message() == text
    line, text = session.publish_line_of(MESSAGE_LIMIT // 4)
    session.send(b"".join(fragments(line + rest, 1, 100_000, MESSAGE_LIMIT - 1)))
    assert session.message() == text


def test_a_line_over_the_limit_of_lines(session):
    line = session.request_line({"ping": {}})
    session.send(frame(TEXT, line + b" " * (LINE_LIMIT + 1 - len(line))))
    assert session.next_error() == "ERROR_CODE_FRAME_TOO_LARGE"
    assert session.closed() == 1009


@pytest.mark.parametrize("fin", [True, False])
def test_binary_data_where_there_is_only_text(session, fin):
    assert_fails(session, 1003, frame(BINARY, b"\x00", fin=fin), frame(CONTINUATION))


@pytest.mark.parametrize("fin", [True, False])
def test_text_where_there_is_only_binary_data(binary, fin):
    assert_fails(binary, 1003, frame(TEXT, b"{}", fin=fin), frame(CONTINUATION))


# The handshake


def answer_to(broker, **handshake):
    """The status of the answer; a refusal must say what to do."""
    with RawWebSocket(broker.http_port, **handshake) as connection:
        if connection.status == 101:
            connection.send(frame(PING, b"there?"))
            assert connection.next() == (PONG, b"there?")
        elif handshake.get("method") != "HEAD" and connection.fields.get("content-type", "").startswith(
            "application/problem+json"
        ):
            problem = json.loads(connection.body())
            assert problem["status"] == connection.status and problem["detail"]
        return connection.status, connection.fields


def fields(**values):
    names = {
        "key": "Sec-WebSocket-Key",
        "version": "Sec-WebSocket-Version",
        "subprotocol": "Sec-WebSocket-Protocol",
        "extensions": "Sec-WebSocket-Extensions",
    }
    return {names.get(name, name.capitalize()): value for name, value in values.items()}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"upgrade": "WebSocket"},
        {"upgrade": "h2c, websocket"},
        {"connection": "keep-alive, Upgrade"},
        {"connection": "upgrade"},
        {"extensions": "permessage-deflate; client_max_window_bits"},
        {"subprotocol": f"  {JSON}  "},
        {"cookie": "a=b"},
    ],
    ids=str,
)
def test_handshakes_that_are_good(broker, values):
    assert answer_to(broker, fields=fields(**values))[0] == 101


def test_a_handshake_byte_by_byte(broker):
    assert answer_to(broker, chop=1)[0] == 101


def test_a_query_is_passed_over(broker):
    assert answer_to(broker, path="/v1/ws?from=somewhere")[0] == 101


@pytest.mark.parametrize("version", ["0", "8", "12", "14", "-1", "13 13", "x", None])
def test_another_version(broker, version):
    status, answered = answer_to(broker, fields=fields(version=version))
    assert status in (400, 426)
    assert answered["sec-websocket-version"] == "13"


def test_no_key(broker):
    with RawWebSocket(broker.http_port, fields={"Sec-WebSocket-Key": None}) as connection:
        assert 400 <= connection.status < 500


@pytest.mark.parametrize(
    "key",
    [
        "x",
        "####",
        "dGhl",  # 3 bytes
        "dGhlIHNhbXBsZSBub25jZQ",  # without padding
        "dGhlIHNhbXBsZSBub25j",  # 15 bytes
        "dGhlIHNhbXBsZSBub25jZXM=",  # 17 bytes
        "dGhlIHNhbXBsZSBub25j!Q==",
    ],
)
def test_a_key_that_is_not_16_bytes_in_base64(broker, key):
    assert answer_to(broker, fields=fields(key=key))[0] == 400


def test_two_keys(broker):
    assert 400 <= answer_to(broker, more=[("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")])[0] < 500


@pytest.mark.parametrize(
    "values", [{"upgrade": None}, {"upgrade": "h2c"}, {"connection": None}, {"connection": "close"}], ids=str
)
def test_a_request_that_wants_no_websocket(broker, values):
    assert 400 <= answer_to(broker, fields=fields(**values))[0] < 500


@pytest.mark.parametrize("subprotocol", [None, "", "chat", "chat.v1", "chat.v1.xml", "chat.v2.json", "CHAT.V1.JSON"])
def test_no_subprotocol_that_the_broker_has(broker, subprotocol):
    with RawWebSocket(broker.http_port, fields=fields(subprotocol=subprotocol)) as connection:
        assert connection.status == 400
        problem = json.loads(connection.body())
        assert JSON in problem["detail"] and PROTOBUF in problem["detail"]


@pytest.mark.parametrize(
    "offered, chosen",
    [
        (f"{PROTOBUF}, {JSON}", PROTOBUF),
        (f"{JSON},{PROTOBUF}", JSON),
        (f"chat.v9.json, {PROTOBUF}, {JSON}", PROTOBUF),
        (f"soap, wamp,{JSON}", JSON),
    ],
)
def test_the_first_subprotocol_that_the_broker_has(broker, offered, chosen):
    status, answered = answer_to(broker, fields=fields(subprotocol=offered))
    assert (status, answered["sec-websocket-protocol"]) == (101, chosen)


def test_subprotocols_in_two_fields(broker):
    status, answered = answer_to(
        broker, fields=fields(subprotocol="soap"), more=[("Sec-WebSocket-Protocol", PROTOBUF)]
    )
    assert (status, answered["sec-websocket-protocol"]) == (101, PROTOBUF)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://localhost.evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:1"],
)
def test_a_page_of_another_origin(broker, origin):
    assert answer_to(broker, fields=fields(origin=origin))[0] == 403


def test_a_page_whose_name_was_made_to_lead_here(broker):
    host = f"evil.example:{broker.http_port}"
    assert answer_to(broker, fields=fields(origin=f"http://{host}", host=host))[0] == 403


def test_a_page_of_the_broker_itself(broker):
    for host in ("127.0.0.1", "localhost"):
        host = f"{host}:{broker.http_port}"
        assert answer_to(broker, fields=fields(origin=f"http://{host}", host=host))[0] == 101
    assert answer_to(broker, fields=fields(origin=None))[0] == 101


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/ws2", "/v1/ws/", "/V1/WS", "/v1/ws/more", "/admin"])
def test_another_path(broker, path):
    assert answer_to(broker, path=path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"])
def test_another_method(broker, method):
    assert 400 <= answer_to(broker, method=method)[0] < 500


def test_http_1_0(broker):
    assert 400 <= answer_to(broker, version="HTTP/1.0")[0] <= 505


@pytest.mark.parametrize("host", [None, "two"])
def test_not_one_host(broker, host):
    more = [("Host", "example.com")] if host else []
    values = {} if host else {"host": None}
    assert answer_to(broker, fields=fields(**values), more=more)[0] == 400


@pytest.mark.parametrize(
    "more",
    [
        [("X-Long", "x" * 20_000)],
        [("X-Long", "x" * 100_000)],
        [(f"X-{number}", "x" * 1000) for number in range(20)],
        [(f"X-{number}", "x") for number in range(150)],
        [(f"X-{number}", "x") for number in range(2000)],
    ],
    ids=["20 kB", "100 kB", "20 of 1 kB", "150 fields", "2000 fields"],
)
def test_header_fields_over_the_limit(broker, more):
    assert answer_to(broker, more=more)[0] == 431


def test_a_target_over_the_limit(broker):
    assert answer_to(broker, path="/v1/ws?" + "x" * 10_000)[0] in (414, 431)


@pytest.mark.parametrize(
    "line", ["GET /v1/ws HTTP/2.0", "GET\t/v1/ws HTTP/1.1", "GET /v1/ws", "\x16\x03\x01", "{}"], ids=ascii
)
def test_what_is_not_http(broker, line):
    with socket.create_connection(("127.0.0.1", broker.http_port), 10) as connection:
        connection.sendall(f"{line}\r\nHost: x\r\nUpgrade: websocket\r\n\r\n".encode("latin-1"))
        answer = connection.recv(100)
        assert answer == b"" or 400 <= int(answer.split()[1]) <= 505


# Fuzz


def mutated(source, data):
    """The same bytes, with some damage."""
    data = bytearray(data)
    for _ in range(source.choice([1, 1, 1, 2, 5])):
        at = source.randrange(len(data)) if data else 0
        match source.randrange(6):
            case 0 if data:
                data[at] ^= 1 << source.randrange(8)
            case 1 if data:
                data[at] = source.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF])
            case 2:
                del data[at : at + source.randrange(1, 9)]
            case 3:
                data[at:at] = source.randbytes(source.randrange(1, 9))
            case 4:
                data[at:at] = data[at : at + source.randrange(1, 40)]
            case 5:
                del data[at:]
    return bytes(data)


def some_frame(source, session):
    kind = source.randrange(10)
    if kind < 5:
        body = source.choice(
            [
                session.publish_line(source.randbytes(source.randrange(30))),
                session.request_line({"history": {"conversation": session.group, "limit": 3}}),
                session.request_line({"ping": {}}),
                session.request_line({"markRead": {"positions": [{"conversation": session.group, "sequence": "1"}]}}),
            ]
        )
        return b"".join(fragments(body, *sorted(source.sample(range(len(body)), source.randrange(3)))))
    if kind < 7:
        return frame(PING, source.randbytes(source.randrange(126)))
    if kind < 8:
        return frame(CLOSE, close_payload(source.choice([1000, 1001, 3000, 4000])))
    return frame(
        source.randrange(16),
        source.randbytes(source.randrange(200)),
        fin=source.random() < 0.8,
        rsv=source.choice([0, 0, 0, 1, 4]),
        form=source.choice([16, 64]),
    )


# Those that may be on the wire: a Close of the client's is answered with its own code.
CLOSE_CODES = {1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)}


def read_to_the_end(connection):
    """Whatever comes must be what a server may send."""
    after_close = False
    try:
        while True:
            if not connection.has_more(0.02):
                connection.half_close()
            opcode, payload = connection.next()
            assert not after_close, "something came after Close"
            after_close = opcode == CLOSE
            if opcode == CLOSE:
                assert payload == b"" or int.from_bytes(payload[:2]) in CLOSE_CODES, payload
                payload[2:].decode()
            if opcode == TEXT:
                for line in payload.split(b"\n"):
                    assert not line or json.loads(line)
    except Ended:
        return


@pytest.mark.parametrize("seed", range(4))
def test_mutated_frames(broker, name, seed):
    source = random.Random(seed)
    for _ in range(80):
        with RawSession(broker.http_port, name("fuzz"), group=f"group:{name('fuzz')}") as session:
            for _ in range(12):
                data = some_frame(source, session)
                session.send(data if source.random() < 0.7 else mutated(source, data))
            read_to_the_end(session)
    assert broker.is_running(), broker.log()


@pytest.mark.parametrize("seed", range(4))
def test_mutated_handshakes(broker, seed):
    source = random.Random(seed)
    for number in range(250):
        is_good = number % 10 == 0
        data = request(broker.http_port)
        with socket.create_connection(("127.0.0.1", broker.http_port), 10) as connection:
            # What is not a whole request is waited for.
            connection.settimeout(10 if is_good else 0.02)
            try:
                connection.sendall(data if is_good else mutated(source, data))
                answer = connection.recv(4096)
            except (TimeoutError, ConnectionResetError):
                assert not is_good
                continue
        version, status = answer.split()[:2] if answer else (b"HTTP/1.1", b"400")
        assert version in (b"HTTP/1.1", b"HTTP/1.0"), answer
        assert int(status) == 101 if is_good else 100 < int(status) < 500, answer
    assert broker.is_running(), broker.log()


def test_many_connections_that_say_nothing(broker, talk):
    connections = [RawWebSocket(broker.http_port) for _ in range(100)]
    talk.assert_goes_on()
    for connection in connections:
        connection.socket.close()


def test_a_handshake_that_never_ends_keeps_nobody_waiting(broker, talk):
    with socket.create_connection(("127.0.0.1", broker.http_port), 10) as connection:
        connection.sendall(b"GET /v1/ws HTTP/1.1\r\nHost: x\r\n")
        talk.assert_goes_on()
        time.sleep(0.05)
        talk.assert_goes_on()
