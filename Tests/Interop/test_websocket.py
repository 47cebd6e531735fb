"""One conversation over TCP, over WebSocket with protobuf, and over WebSocket with JSON."""

import base64
import json
import random
import threading
import time

import pytest
from broker import Broker
from chat.v1.client_pb2 import ClientFrame
from chat.v1.conversation_pb2 import Position
from chat.v1.error_pb2 import ERROR_CODE_LIMIT_EXCEEDED, ERROR_CODE_MALFORMED_FRAME, ERROR_CODE_NOT_MEMBER
from chat.v1.server_pb2 import ServerFrame
from chat_client import ChatClient, Closed, Refused
from expect import SILENCE, assert_silent, entries, messages, update_of
from raw_websocket import BINARY, PROTOBUF, TEXT, RawSession, RawWebSocket, frame
from websocket_chat_client import JSONChatClient, WebSocketChatClient, split_delimited

KINDS = {"tcp": ChatClient, "protobuf": WebSocketChatClient, "json": JSONChatClient}
WEBSOCKET_KINDS = ("protobuf", "json")


def open_client(broker, kind, user, **options):
    port = broker.port if kind == "tcp" else broker.http_port
    return KINDS[kind]("127.0.0.1", port, user, **options)


@pytest.fixture
def opened():
    clients = []
    yield clients
    for client in clients:
        client.close()


@pytest.fixture
def enter(broker, opened):
    """Connects to the shared broker: enter("json", "alice")."""

    def enter(kind, user, **options):
        opened.append(open_client(broker, kind, user, **options))
        return opened[-1]

    return enter


@pytest.fixture
def three(enter, name):
    """A client of each kind, all in one group."""
    group = "group:" + name("lobby")
    clients = {kind: enter(kind, name(kind)) for kind in KINDS}
    for client in clients.values():
        client.join(group)
    return group, clients


@pytest.fixture
def raw(broker, name):
    with RawSession(broker.http_port, name("raw")) as session:
        yield session


def next_messages(client, count):
    found = []
    while len(found) < count:
        message = client.next_message()
        assert message is not None, f"{len(found)} messages of {count}"
        found.append(message)
    return found


def event_of(client, kind):
    """The next event of this kind."""
    while (event := update_of(client, "event")).WhichOneof("body") != kind:
        pass
    return getattr(event, kind)


# The same for all


def test_all_see_the_same(three):
    group, clients = three
    bodies = [b"", b"plain", bytes(range(256)), "grüße ✓ 📺\u2028\n\"\\".encode(), bytes(65_536)]
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    receipts = [
        client.publish(group, body, content_type="text/x-" + kind, traceparent=trace)
        for body in bodies
        for kind, client in clients.items()
    ]
    assert [receipt.sequence for receipt in receipts] == list(range(1, len(receipts) + 1))
    tcp, protobuf, json = (next_messages(client, len(receipts)) for client in clients.values())
    assert tcp == protobuf == json
    assert [message.body for message in tcp] == [body for body in bodies for _ in clients]
    assert [message.time for message in tcp] == [receipt.time for receipt in receipts]
    assert {message.content_type for message in tcp} == {"text/x-" + kind for kind in clients}
    assert {message.traceparent for message in tcp} == {trace}
    assert [(receipt.recipients_online, receipt.recipients_total) for receipt in receipts] == [(2, 2)] * len(receipts)


def test_all_see_the_same_while_all_publish(three):
    group, clients = three
    each = 300
    found, failures = {}, []

    def talk(kind, client):
        try:
            # Many at a time: the broker batches them, and answers come between messages.
            for number in range(each):
                request = ClientFrame(request_id=1_000_000 + number)
                request.publish.to.append(group)
                request.publish.body = f"{kind} {number}".encode()
                request.publish.client_message_id = client.new_id()
                client.send(request)
            sequences, heard = {}, []
            while len(sequences) < each or len(heard) < each * len(clients):
                update = client.next_update(20)
                assert update is not None, f"{kind}: {len(sequences)} answers, {len(heard)} messages"
                if update.HasField("published"):
                    sequences[update.request_id - 1_000_000] = update.published.receipts[0].sequence
                elif update.HasField("message"):
                    heard.append(update.message)
            found[kind] = sequences, heard
        except BaseException as failure:
            failures.append((kind, failure))

    threads = [threading.Thread(target=talk, args=pair) for pair in clients.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert found["tcp"][1] == found["protobuf"][1] == found["json"][1]
    heard = found["tcp"][1]
    assert [message.sequence for message in heard] == list(range(1, 3 * each + 1))
    for kind, (sequences, _) in found.items():
        own = {message.body.decode(): message.sequence for message in heard if message.body.decode().startswith(kind)}
        assert own == {f"{kind} {number}": sequence for number, sequence in sequences.items()}
        # One session's publishes keep their order.
        assert list(own) == [f"{kind} {number}" for number in range(each)]
    for client in clients.values():
        assert_silent(client)


@pytest.mark.parametrize("to", KINDS)
@pytest.mark.parametrize("sender", KINDS)
def test_direct_messages(enter, name, sender, to):
    alice, bob = enter(sender, name("alice")), enter(to, name("bob"))
    receipt = alice.publish("user:" + name("bob"), "hello")
    while (state := event_of(bob, "following")).conversation != receipt.conversation:
        pass
    assert state.epoch > 0
    assert messages(bob, 1) == [(1, "hello")]


def test_history_is_the_same_in_each(three):
    group, clients = three
    for number in range(20):
        clients["tcp"].publish(group, f"message {number}".encode() + bytes([number]))
    for options in ({}, {"limit": 3}, {"after": 5, "limit": 4}, {"before": 9}, {"from_start": True, "limit": 2}):
        tcp, protobuf, json = (client.history(group, **options) for client in clients.values())
        assert tcp == protobuf == json
        assert len(tcp.messages) and tcp.epoch and tcp.last_sequence == 20
    page = clients["json"].history(group, after=18)
    assert [message.sequence for message in page.messages] == [19, 20]


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_leaves_the_session(enter, name, kind):
    alice = enter(kind, name("alice"))
    with pytest.raises(Refused) as refused:
        alice.publish("group:" + name("closed"), "let me in")
    assert refused.value.code == ERROR_CODE_NOT_MEMBER
    alice.ping()


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_is_known_whatever_way_it_came(three, kind):
    group, clients = three
    first = clients[kind].publish(group, "once", client_message_id="id-1")
    clients[kind].close()
    again = {}
    for other, client in clients.items():
        if other != kind:
            again[other] = client.publish(group, "once", client_message_id="id-1")
    # The id is the sender's.
    assert not any(receipt.duplicate for receipt in again.values())
    assert first.sequence not in [receipt.sequence for receipt in again.values()]


@pytest.mark.parametrize("second", KINDS)
@pytest.mark.parametrize("first", KINDS)
def test_a_retry_over_another_way_is_stored_once(enter, name, first, second):
    group = "group:" + name("lobby")
    alice = enter(first, name("alice"))
    alice.join(group)
    receipt = alice.publish(group, "once", client_message_id="id-1")
    alice.close()
    again = enter(second, name("alice")).publish(group, "once", client_message_id="id-1")
    assert (again.duplicate, again.sequence, again.time) == (True, receipt.sequence, receipt.time)


# Resuming


@pytest.mark.parametrize("after", KINDS)
@pytest.mark.parametrize("before", KINDS)
def test_a_session_goes_on_over_another_way(enter, name, before, after):
    group, news = "group:" + name("lobby"), "broadcast:" + name("news")
    alice, bob = enter("tcp", name("alice")), enter(before, name("bob"))
    alice.join(group), bob.join(group), bob.subscribe(news)
    for number in range(5):
        alice.publish(group, f"group {number}"), alice.publish(news, f"news {number}")
    assert len(next_messages(bob, 4)) == 4
    resume = bob.positions()
    bob.close()
    for number in range(5, 10):
        alice.publish(group, f"group {number}"), alice.publish(news, f"news {number}")
    bob = enter(after, name("bob"), resume=resume)
    had = {position.conversation: position.sequence for position in resume}
    found = next_messages(bob, 16)
    for conversation, text in ((group, "group"), (news, "news")):
        got = [(m.sequence, m.body.decode()) for m in found if m.conversation == conversation]
        assert got == [(number + 1, f"{text} {number}") for number in range(had[conversation], 10)]
    assert_silent(bob)


@pytest.mark.parametrize("kind", WEBSOCKET_KINDS)
def test_a_connection_that_drops_again_and_again(broker, enter, name, kind):
    group = "group:" + name("lobby")
    alice, bob = enter("tcp", name("alice")), enter(kind, name("bob"))
    alice.join(group), bob.join(group)
    count = 400
    failures = []

    def publish():
        try:
            for number in range(1, count + 1):
                alice.publish(group, f"message {number} ".encode() * 50)
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=publish)
    thread.start()
    source, seen, drops = random.Random(1), [], 0
    while len(seen) < count:
        for _ in range(source.randrange(1, 60)):
            if len(seen) == count:
                break
            update = bob.next_update()
            assert update is not None, f"{len(seen)} of {count}; {failures}"
            assert not update.HasField("gap"), update
            if update.HasField("message"):
                seen.append(update.message.sequence)
        resume = bob.positions()
        bob.drop()
        drops += 1
        bob = enter(kind, name("bob"), resume=resume)
    thread.join(30)
    assert failures == [] and drops > 5
    assert seen == list(range(1, count + 1))
    assert_silent(bob)


# Marks and typing


def test_marks_are_told(three):
    group, clients = three
    sequence = clients["tcp"].publish(group, "read this").sequence
    for client in clients.values():
        next_messages(client, 1)
    for reader in clients:
        user = clients[reader].connected.user
        clients[reader].mark_read(Position(conversation=group, sequence=sequence))
        for client in clients.values():
            # Also one's own devices are told; what is of others came before.
            if client is not clients[reader]:
                while (marks := event_of(client, "marks")).user != user:
                    pass
                assert (marks.conversation, marks.read, marks.delivered) == (group, sequence, sequence)


@pytest.mark.parametrize("kind", KINDS)
def test_marks_are_told_to_the_other_devices_of_a_user(enter, name, kind):
    group = "group:" + name("lobby")
    phone, laptop = enter(kind, name("alice"), device="phone"), enter(kind, name("alice"), device="laptop")
    phone.join(group)
    phone.publish(group, "read this")
    next_messages(phone, 1), next_messages(laptop, 1)
    phone.mark_read(Position(conversation=group, sequence=1))
    marks = event_of(laptop, "marks")
    assert (marks.conversation, marks.user, marks.read) == (group, name("alice"), 1)


@pytest.mark.parametrize("kind", KINDS)
def test_marks_are_there_after_connecting_again(enter, name, kind):
    alice, bob = enter(kind, name("alice")), enter(kind, name("bob"))
    receipt = alice.publish("user:" + name("bob"), "one")
    alice.publish("user:" + name("bob"), "two")
    next_messages(bob, 2)
    bob.acknowledge()
    bob.mark_read(Position(conversation=receipt.conversation, sequence=1))
    delivered = read = 0
    while (delivered, read) != (2, 1):
        marks = event_of(alice, "marks")
        assert marks.user == name("bob")
        delivered, read = max(delivered, marks.delivered), max(read, marks.read)

    bob = enter(kind, name("bob"))
    [state] = [s for s in bob.connected.conversations if s.conversation == receipt.conversation]
    assert (state.position, state.read) == (2, 1)
    alice = enter(kind, name("alice"))
    [state] = [s for s in alice.connected.conversations if s.conversation == receipt.conversation]
    assert (state.peer_delivered, state.peer_read) == (2, 1)


def test_typing_is_told_to_the_others(three):
    group, clients = three
    for typist in clients:
        clients[typist].typing(group)
        for other, client in clients.items():
            if other != typist:
                typing = event_of(client, "typing")
                assert (typing.conversation, typing.user) == (group, clients[typist].connected.user)
    # Nobody heard of oneself, and nothing is stored.
    for client in clients.values():
        deadline = time.monotonic() + SILENCE
        while (update := client.next_update(max(0, deadline - time.monotonic()))) is not None:
            assert update.WhichOneof("body") != "event" or not update.event.HasField("typing"), update
    assert clients["json"].history(group).last_sequence == 0


# Slow readers


@pytest.mark.parametrize("kind", WEBSOCKET_KINDS)
def test_a_reader_that_stops_catches_up(broker, enter, name, kind):
    group = "group:" + name("lobby")
    alice, quick = enter("tcp", name("alice")), enter(kind, name("quick"))
    slow = enter(kind, name("slow"), receive_buffer=16 * 1024)
    for client in (alice, quick, slow):
        client.join(group)
    # Several times what the kernel keeps for a connection.
    source, count, size = random.Random(1), 120, 60_000
    bodies = [source.randbytes(size) for _ in range(count)]
    for number, body in enumerate(bodies):
        assert alice.publish(group, body).sequence == number + 1
        # The others hear it at once.
        assert next_messages(quick, 1)[0].body == body
        next_messages(alice, 1)
    [session] = broker.ask(f"/v1/users/{name('slow')}/sessions")["sessions"]
    assert session["transport"] == f"websocket-{kind}"
    assert int(session["lagMessages"]) > 20, session
    assert session["outboxBytes"] < 1_000_000, session
    found = []
    for _ in range(count):
        update = slow.next_update()
        while update is not None and not update.HasField("message"):
            assert not update.HasField("gap"), update
            update = slow.next_update()
        assert update is not None, f"{len(found)} of {count}"
        found.append((update.message.sequence, update.message.body))
    assert found == [(number + 1, body) for number, body in enumerate(bodies)]
    # From here on it is live again.
    alice.publish(group, "and now?")
    assert messages(slow, 1) == [(count + 1, "and now?")]


@pytest.mark.parametrize("kind", WEBSOCKET_KINDS)
def test_answers_to_a_client_that_reads_none_wait(broker, enter, name, kind):
    """The broker stops reading from it, so that neither side holds more than a bound."""
    group = "group:" + name("lobby")
    greedy, alice = enter(kind, name("greedy"), receive_buffer=16 * 1024), enter("tcp", name("alice"))
    greedy.join(group), alice.join(group)
    alice.publish(group, bytes(60_000))
    count = 300

    def ask():
        for number in range(count):
            request = ClientFrame(request_id=1000 + number)
            request.history.conversation = group
            request.history.limit = 1
            greedy.send(request)

    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(10):
        alice.ping()
        [session] = broker.ask(f"/v1/users/{name('greedy')}/sessions")["sessions"]
        assert session["outboxBytes"] < 4_000_000, session
        time.sleep(0.05)
    answered = []
    while len(answered) < count:
        received = greedy.next(10)
        assert received is not None, f"{len(answered)} answers"
        if received.request_id >= 1000:
            # Too many at a time are refused, and told so; none is without an answer.
            assert received.HasField("history_page") or received.error.code == ERROR_CODE_LIMIT_EXCEEDED
            answered.append(received.request_id)
    assert sorted(answered) == list(range(1000, 1000 + count))
    thread.join(10)


# Going away


@pytest.fixture
def patient_broker(tmp_path):
    """It gives its clients time to finish."""
    broker = Broker(tmp_path, {"CHAT_DRAIN_GRACE_MS": "8000"}).start()
    yield broker
    broker.kill()


def test_a_drain_is_announced_and_closes_with_1001(patient_broker, opened):
    clients = {kind: open_client(patient_broker, kind, f"user-{kind}") for kind in WEBSOCKET_KINDS}
    opened.extend(clients.values())
    for client in clients.values():
        client.join("group:lobby")
    patient_broker.ask_to_end()
    for client in clients.values():
        going = update_of(client, "go_away")
        assert going.reason and going.closes_after_ms > 0
    # Until then the session is of use.
    assert clients["json"].publish("group:lobby", "last words").sequence == 1
    assert messages(clients["protobuf"], 1) == [(1, "last words")]
    for client in clients.values():
        with pytest.raises(Closed):
            while client.next_update(30) is not None:
                pass
        assert client.close_code == 1001
    assert patient_broker.exit_code() == 0, patient_broker.log()


def test_a_client_that_goes_in_time_ends_the_drain(own_broker, opened):
    clients = [open_client(own_broker, kind, kind) for kind in KINDS]
    own_broker.ask_to_end()
    for client in clients:
        update_of(client, "go_away")
        client.close()
    assert own_broker.exit_code() == 0, own_broker.log()


def test_a_crash_takes_nothing_that_was_acknowledged(own_broker, opened):
    alice = open_client(own_broker, "json", "alice")
    alice.join("group:lobby")
    receipts = [alice.publish("group:lobby", f"message {number}") for number in range(20)]
    own_broker.kill()
    own_broker.start()
    alice = open_client(own_broker, "json", "alice", resume=[Position(conversation="group:lobby", sequence=5)])
    opened.append(alice)
    assert messages(alice, 15) == [(number + 1, f"message {number}") for number in range(5, 20)]
    assert [m.time for m in alice.history("group:lobby").messages] == [receipt.time for receipt in receipts]


def test_an_administrator_ends_a_session(broker, enter, name):
    for kind in WEBSOCKET_KINDS:
        client = enter(kind, name(kind))
        assert broker.ask(f"/v1/users/{name(kind)}/sessions", "DELETE") == {"disconnected": 1}
        with pytest.raises(Refused):
            while client.next_update() is not None:
                pass
        with pytest.raises(Closed):
            client.next_update()
        assert client.close_code == 1008


# Frames and messages


@pytest.mark.parametrize("kind", WEBSOCKET_KINDS)
def test_several_frames_in_one_message(enter, name, kind):
    group = "group:" + name("lobby")
    alice = enter(kind, name("alice"))
    alice.join(group)
    requests = []
    for number in range(100):
        requests.append(ClientFrame(request_id=1000 + number))
        requests[-1].publish.to.append(group)
        requests[-1].publish.body = b"%d" % number
    alice.send_message(alice.encode(requests))
    sequences, bodies = {}, []
    while len(sequences) < 100 or len(bodies) < 100:
        update = alice.next_update()
        assert update is not None
        if update.HasField("published"):
            sequences[update.request_id - 1000] = update.published.receipts[0].sequence
        elif update.HasField("message"):
            bodies.append(update.message.body)
    assert sequences == {number: number + 1 for number in range(100)}
    assert bodies == [b"%d" % number for number in range(100)]


def test_the_broker_puts_several_frames_in_one_message(raw):
    """As many as come together: what one session is sent in a flush has one header."""
    lines = [raw.request_line({"ping": {}}) for _ in range(200)]
    raw.send(frame(TEXT, b"\n".join(lines)))
    messages, heartbeats = 0, 0
    while heartbeats < len(lines):
        _, payload = raw.next()
        messages += 1
        heartbeats += payload.count(b'"heartbeat"')
    assert messages < 10


def test_lines_may_end_in_any_way(raw):
    lines = [raw.request_line({"ping": {}}) for _ in range(4)]
    first = raw._last_request - 3
    raw.send(frame(TEXT, b"\n\r\n  \n" + lines[0] + b"\r\n" + lines[1] + b"\n\n" + lines[2] + b"\n" + lines[3]))
    for number in range(first, first + 4):
        assert "heartbeat" in raw.answer(number)


@pytest.mark.parametrize("cut", [1, 5, -1])
def test_a_frame_in_two_messages_is_refused(broker, name, cut):
    request = ClientFrame(request_id=1)
    request.connect.user = name("alice")
    data = request.SerializeToString()
    data = bytes([len(data)]) + data
    with RawWebSocket(broker.http_port, fields={"Sec-WebSocket-Protocol": PROTOBUF}) as connection:
        connection.send(frame(BINARY, data[:cut]) + frame(BINARY, data[cut:]))
        opcode, payload = connection.next()
        [told] = map(ServerFrame.FromString, split_delimited(payload))
        assert (opcode, told.error.code) == (BINARY, ERROR_CODE_MALFORMED_FRAME)
        assert connection.closed() == 1008


def test_a_line_in_two_messages_is_refused(raw):
    line = raw.request_line({"ping": {}})
    raw.send(frame(TEXT, line[:10]) + frame(TEXT, line[10:]))
    assert raw.next_error() == "ERROR_CODE_MALFORMED_FRAME"
    assert raw.closed() == 1008


# JSON


def test_json_is_canonical(raw):
    """No white space, names in lower camel case, and nothing that has its default value."""
    raw.send(frame(TEXT, raw.publish_line(b"\xff\xfe?>")))
    while True:
        opcode, payload = raw.next()
        assert opcode == TEXT
        lines = payload.split(b"\n")
        assert lines[-1] == b"", "each line has an end"
        for line in lines[:-1]:
            said = json.loads(line)
            assert line == json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
            if "message" in said:
                message = said["message"]
                assert set(message) == {"sequence", "time", "conversation", "sender", "body"}
                assert message["body"] == base64.b64encode(b"\xff\xfe?>").decode()
                assert isinstance(message["sequence"], str) and isinstance(message["time"], str)
                return


def test_unknown_fields_are_passed_over(raw):
    line = raw.request_line(
        {"tomorrow": {"a": [1, {"b": None}]}, "ping": {"x": 1e99, "y": [[]]}, "": True, "also": None}
    )
    raw.send(frame(TEXT, line))
    assert "heartbeat" in raw.answer()


@pytest.mark.parametrize(
    "number", ["18446744073709551615", "9223372036854775808", "9007199254740993", "1"]
)
def test_64_bit_numbers_are_strings(raw, number):
    raw.send(frame(TEXT, json.dumps({"requestId": number, "ping": {}}).encode()))
    assert raw.answer(number)["requestId"] == number
    raw.send(frame(TEXT, b'{"requestId":%s,"ping":{}}' % number.encode()))
    assert raw.answer(number)["requestId"] == number


def test_an_epoch_of_64_bits_is_kept(raw):
    state = raw.ask({"subscribe": {"conversation": raw.group}})["subscribed"]["conversation"]
    assert int(state["epoch"]) > 0
    position = {"conversation": raw.group, "epoch": state["epoch"], "sequence": "0"}
    again = raw.ask({"subscribe": {"conversation": raw.group, "start": "START_AFTER", "after": position}})
    assert again["subscribed"]["conversation"]["epoch"] == state["epoch"]
    raw.assert_alive()


@pytest.mark.parametrize("names", ["lower camel case", "as in the proto"])
def test_both_names_of_a_field_are_known(raw, names):
    name = "requestId" if names == "lower camel case" else "request_id"
    raw.send(frame(TEXT, json.dumps({name: 77, "ping": {}}).encode()))
    assert "heartbeat" in raw.answer(77)


MALFORMED = {
    "no JSON": b"hello",
    "half an object": b'{"requestId":"5","ping":{}',
    "an array": b'[{"ping":{}}]',
    "a number": b"17",
    "null": b"null",
    "a comma too many": b'{"requestId":"5","ping":{},}',
    "single quotes": b"{'ping':{}}",
    "something behind it": b'{"ping":{}} x',
    "two objects in a line": b'{"ping":{}}{"ping":{}}',
    "a control character in a text": b'{"x":"\x01"}',
    "a bad escape": b'{"x":"\\q"}',
    "a null byte": b"\x00",
    "a byte order mark": b'\xef\xbb\xbf{"ping":{}}',
    "very deep": b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
}


@pytest.mark.parametrize("line", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_json_ends_the_session(raw, line):
    raw.send(frame(TEXT, line))
    assert raw.next_error() == "ERROR_CODE_MALFORMED_FRAME"
    assert raw.closed() == 1008


UNFIT = {
    "a number that is too large": {"requestId": "18446744073709551616", "ping": {}},
    "a number below 0": {"requestId": "-1", "ping": {}},
    "a text for a list": {"publish": {"to": "group:x"}},
    "base64 that is none": {"publish": {"to": ["group:x"], "body": "*"}},
    "two bodies": {"ping": {}, "join": {"conversation": "group:x"}},
    "half a surrogate pair": {"join": {"conversation": "\ud83d"}},
}


@pytest.mark.parametrize("body", UNFIT.values(), ids=UNFIT.keys())
def test_what_does_not_fit_is_told(raw, body):
    raw.send(frame(TEXT, json.dumps(body).encode()))
    assert raw.next_error() in ("ERROR_CODE_INVALID_ARGUMENT", "ERROR_CODE_MALFORMED_FRAME")
    # Then the session is over, with a code that says so, or goes on as before.
    raw.send(frame(TEXT, raw.request_line({"ping": {}})))
    while True:
        opcode, payload = raw.next()
        if opcode == TEXT and b"heartbeat" in payload:
            return
        if opcode != TEXT:
            assert payload[:2] == b"\x03\xf0"
            return


def test_a_request_of_a_newer_version_is_refused_alone(raw):
    raw.send(frame(TEXT, raw.request_line({"fly": {"to": "the moon"}})))
    assert raw.next_error() == "ERROR_CODE_INVALID_ARGUMENT"
    raw.assert_alive()


@pytest.mark.parametrize("body", [{"ping": {}}, {"publish": {"to": ["broadcast:x"]}}], ids=["ping", "publish"])
def test_another_first_frame_than_connect(broker, body):
    with RawWebSocket(broker.http_port) as connection:
        connection.send(frame(TEXT, json.dumps({"requestId": "4", **body}).encode()))
        opcode, payload = connection.next()
        told = json.loads(payload)
        assert (opcode, told["requestId"], told["error"]["code"]) == (TEXT, "4", "ERROR_CODE_OUT_OF_ORDER")
        assert told["error"]["message"]
        assert connection.closed() == 1008


def test_the_newest_page_as_json_says_nothing_of_an_empty_log(raw):
    page = raw.ask({"history": {"conversation": raw.group}})["historyPage"]
    assert "messages" not in page and "lastSequence" not in page
    raw.assert_alive()
    page = raw.ask({"history": {"conversation": raw.group}})["historyPage"]
    assert (page["firstSequence"], page["lastSequence"], len(page["messages"])) == ("1", "1", 1)
    assert [entry for entry in page["messages"] if entry["sender"]]
