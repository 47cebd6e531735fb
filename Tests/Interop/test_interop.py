"""What a client of another language may rely on."""

import io
import socket
import time

import pytest
from chat_client import ChatClient, Refused, delimited
from google.protobuf.proto import parse_length_prefixed, serialize_length_prefixed

from chat.v1.client_pb2 import ClientFrame
from chat.v1.conversation_pb2 import Position
from chat.v1.error_pb2 import ERROR_CODE_INVALID_ARGUMENT, ERROR_CODE_NOT_MEMBER
from chat.v1.server_pb2 import ServerFrame

# Long enough for a message on its way, short enough for a test.
SILENCE = 0.4


def messages(client, count):
    """The next messages, as (sequence, body); fails if they do not come."""
    found = []
    for _ in range(count):
        message = client.next_message()
        assert message is not None, f"{len(found)} messages of {count}"
        found.append((message.sequence, message.body.decode()))
    return found


def assert_silent(client):
    message = client.next_message(SILENCE)
    assert message is None, f"a message too many: {message}"


def entries(page):
    return [(message.sequence, message.body.decode()) for message in page.messages]


# Sessions


def test_connect_tells_who_and_what_is_allowed(connect, name):
    connected = connect(name("alice")).connected
    assert connected.user == name("alice")
    assert connected.session and connected.node
    assert abs(connected.server_time / 1000 - time.time()) < 60
    for limit in connected.limits.DESCRIPTOR.fields:
        assert getattr(connected.limits, limit.name) > 0, limit.name


def test_the_framing_is_that_of_every_protobuf_runtime(broker, name):
    with socket.create_connection(("127.0.0.1", broker.port), 10) as connection:
        stream = connection.makefile("rwb")
        request = ClientFrame(request_id=7)
        request.connect.user = name("alice")
        serialize_length_prefixed(request, stream)
        stream.flush()
        answer = parse_length_prefixed(ServerFrame, stream)
        assert answer.request_id == 7
        assert answer.connected.user == name("alice")


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 100_000])
def test_delimited_is_what_protobuf_writes(size):
    request = ClientFrame()
    request.publish.body = bytes(size)
    expected = io.BytesIO()
    serialize_length_prefixed(request, expected)
    assert delimited(request.SerializeToString()) == expected.getvalue()


def test_ping_is_answered_with_the_tails(connect, name):
    group = "group:" + name("lobby")
    alice, bob = connect(name("alice")), connect(name("bob"))
    alice.join(group), bob.join(group)
    alice.publish(group, "one")
    assert messages(bob, 1) == [(1, "one")]
    heartbeat = bob.ping()
    assert abs(heartbeat.server_time / 1000 - time.time()) < 60
    tails = {tail.conversation: tail.sequence for tail in heartbeat.tails}
    assert tails[group] == 1


# Conversations


def test_python_and_swift_chat_in_one_group(broker, connect, name):
    group = "group:" + name("lobby")
    python = connect(name("python"))
    python.join(group)
    listener = broker.begin("listen", name("listener"), group, "--after", "0", "--count", "4")

    expected = []
    for number in range(2):
        text = f"from Python, {number} ✓"
        expected.append((python.publish(group, text).sequence, text))
        text = f"from Swift, {number} ✓"
        (receipt,) = broker.run("send", name("swift"), group, text)
        expected.append((receipt["sequence"], text))
        assert receipt["conversation"] == group
        assert not receipt["duplicate"]
    assert [sequence for sequence, _ in expected] == [1, 2, 3, 4]

    heard = [(line["sequence"], line["body"]) for line in broker.results(listener)]
    assert heard == expected
    stored = broker.run("history", name("swift"), group, "--all")
    assert [(line["sequence"], line["body"]) for line in stored] == expected
    assert [line["sender"] for line in stored] == [name("python"), name("swift")] * 2
    assert entries(python.history(group)) == expected
    received = [python.next_message(SILENCE) for _ in range(4)]
    from_swift = [message for message in received if message and message.sender == name("swift")]
    assert [(message.sequence, message.body.decode()) for message in from_swift] == expected[1::2]


def test_python_and_swift_chat_directly(broker, connect, name):
    python = connect(name("python"))
    (receipt,) = broker.run("send", name("swift"), "user:" + name("python"), "hello Python")
    message = python.next_message()
    assert (message.sequence, message.body) == (1, b"hello Python")
    assert message.conversation == receipt["conversation"]

    listener = broker.begin("listen", name("swift"), "user:" + name("python"), "--after", "1", "--count", "1")
    assert python.publish("user:" + name("swift"), "hello Swift").sequence == 2
    (line,) = broker.results(listener)
    assert (line["sequence"], line["body"]) == (2, "hello Swift")


def test_the_first_message_makes_a_direct_conversation(connect, name):
    alice, bob = connect(name("alice")), connect(name("bob"))
    receipt = alice.publish("user:" + name("bob"), "hello")
    assert receipt.sequence == 1
    assert receipt.conversation == f"direct:{name('alice')}:{name('bob')}"
    assert (receipt.recipients_online, receipt.recipients_total) == (1, 1)

    following = bob.next_update()
    assert following.event.following.conversation == receipt.conversation
    message = bob.next_update().message
    assert (message.sequence, message.body, message.sender) == (1, b"hello", name("alice"))
    # Either name leads there.
    assert bob.publish("user:" + name("alice"), "hi").sequence == 2
    assert bob.publish(receipt.conversation, "again").sequence == 3
    from_bob = []
    while len(from_bob) < 2 and (message := alice.next_message()):
        if message.sender == name("bob"):
            from_bob.append((message.sequence, message.body))
    assert from_bob == [(2, b"hi"), (3, b"again")]


def test_a_direct_message_waits_for_a_user_who_is_away(connect, name):
    alice = connect(name("alice"))
    receipt = alice.publish("user:" + name("bob"), "are you there?")
    assert (receipt.recipients_online, receipt.recipients_total) == (0, 1)
    bob = connect(name("bob"))
    assert messages(bob, 1) == [(1, "are you there?")]
    bob.acknowledge()
    bob.ping()
    bob.close()
    # What was acknowledged does not come again, also without a place to resume from.
    alice.publish("user:" + name("bob"), "still?")
    bob = connect(name("bob"))
    assert messages(bob, 1) == [(2, "still?")]


def test_a_third_user_may_not_read_a_direct_conversation(connect, name):
    receipt = connect(name("alice")).publish("user:" + name("bob"), "secret")
    with pytest.raises(Refused) as refused:
        connect(name("eve")).history(receipt.conversation)
    assert refused.value.code == ERROR_CODE_NOT_MEMBER


def test_a_broadcast_is_heard_from_the_tail_or_from_a_place(connect, name):
    news = "broadcast:" + name("news")
    alice, late, all_of_it = connect(name("alice")), connect(name("late")), connect(name("all"))
    alice.publish(news, "one")
    assert late.subscribe(news).position == 1
    assert all_of_it.subscribe(news, after=0).position == 0
    alice.publish(news, "two")
    assert messages(late, 1) == [(2, "two")]
    assert messages(all_of_it, 2) == [(1, "one"), (2, "two")]

    late.unsubscribe(news)
    alice.publish(news, "three")
    assert messages(all_of_it, 1) == [(3, "three")]
    assert_silent(late)


def test_a_group_is_for_members(connect, name):
    group = "group:" + name("lobby")
    alice, bob = connect(name("alice")), connect(name("bob"))
    with pytest.raises(Refused) as refused:
        alice.publish(group, "let me in")
    assert refused.value.code == ERROR_CODE_NOT_MEMBER
    alice.join(group), bob.join(group)
    alice.publish(group, "one")
    assert messages(bob, 1) == [(1, "one")]
    bob.leave(group)
    alice.publish(group, "two")
    assert_silent(bob)


def test_everyone_is_heard_without_a_subscription(connect, name):
    alice, bob = connect(name("alice")), connect(name("bob"))
    sequence = alice.publish("broadcast:everyone", "attention").sequence
    message = bob.next_message()
    assert (message.conversation, message.sequence) == ("broadcast:everyone", sequence)
    assert message.body == b"attention"


def test_all_devices_of_a_user_see_what_one_of_them_sends(connect, name):
    group = "group:" + name("lobby")
    phone = connect(name("alice"), device="phone")
    phone.join(group)
    laptop = connect(name("alice"), device="laptop")
    phone.publish(group, "from my phone")
    phone.publish("user:" + name("bob"), "direct from my phone")
    found = sorted(laptop.next_message().body for _ in range(2))
    assert found == [b"direct from my phone", b"from my phone"]


# Messages


def test_everything_in_a_message_arrives(connect, name):
    group = "group:" + name("lobby")
    alice, bob = connect(name("alice")), connect(name("bob"))
    alice.join(group), bob.join(group)
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    body = bytes(range(256)) * 100
    receipt = alice.publish(group, body, content_type="application/octet-stream", traceparent=trace)
    for message in (bob.next_message(), bob.history(group).messages[0]):
        assert message.body == body
        assert message.content_type == "application/octet-stream"
        assert message.traceparent == trace
        assert message.sender == name("alice")
        assert message.conversation == group
        assert (message.sequence, message.time) == (receipt.sequence, receipt.time)


def test_one_publish_goes_to_many_addresses(connect, name):
    group, news = "group:" + name("lobby"), "broadcast:" + name("news")
    alice, bob = connect(name("alice")), connect(name("bob"))
    alice.join(group), bob.join(group), bob.subscribe(news)
    to = [group, "user:" + name("bob"), "group:" + name("closed"), news]
    receipts = alice.publish(to, "to all of you")
    assert [receipt.to for receipt in receipts] == to
    assert [receipt.sequence for receipt in receipts] == [1, 1, 0, 1]
    assert receipts[2].error.code == ERROR_CODE_NOT_MEMBER
    assert not any(receipt.HasField("error") for receipt in receipts if receipt.sequence)
    heard = {bob.next_message().conversation for _ in range(3)}
    assert heard == {receipt.conversation for receipt in receipts if receipt.sequence}


def test_a_retry_is_stored_once(connect, name):
    group = "group:" + name("lobby")
    alice, bob = connect(name("alice")), connect(name("bob"))
    alice.join(group), bob.join(group)
    first = alice.publish(group, "once", client_message_id="id-1")
    assert not first.duplicate
    alice.publish(group, "between")
    for client in (alice, connect(name("alice"))):
        again = client.publish(group, "once", client_message_id="id-1")
        assert again.duplicate
        assert (again.sequence, again.time) == (first.sequence, first.time)
    # The id is the sender's, and of one conversation.
    assert bob.publish(group, "mine", client_message_id="id-1").sequence == 3
    other = alice.publish("user:" + name("bob"), "elsewhere", client_message_id="id-1")
    assert not other.duplicate
    assert [body for _, body in entries(alice.history(group))] == ["once", "between", "mine"]


@pytest.mark.parametrize("address", ["", "lobby", "user:", "group:a b", "group:ä", "planet:mars"])
def test_an_address_that_is_none_is_refused(connect, name, address):
    alice = connect(name("alice"))
    with pytest.raises(Refused) as refused:
        alice.publish(address, "hello")
    assert refused.value.code == ERROR_CODE_INVALID_ARGUMENT
    alice.ping()


# Places


def test_resume_brings_exactly_what_was_missed(connect, name):
    group, news = "group:" + name("lobby"), "broadcast:" + name("news")
    alice, bob = connect(name("alice")), connect(name("bob"))
    alice.join(group), bob.join(group), bob.subscribe(news)
    alice.publish(group, "group 1"), alice.publish(news, "news 1")
    assert sorted(body for _, body in messages(bob, 2)) == ["group 1", "news 1"]
    resume = bob.positions()
    bob.close()

    for number in (2, 3, 4):
        alice.publish(group, f"group {number}"), alice.publish(news, f"news {number}")
    bob = connect(name("bob"), resume=resume)
    found = [bob.next_message() for _ in range(6)]
    for conversation, text in ((group, "group"), (news, "news")):
        expected = [(number, f"{text} {number}") for number in (2, 3, 4)]
        got = [(m.sequence, m.body.decode()) for m in found if m and m.conversation == conversation]
        assert got == expected
    assert_silent(bob)
    alice.publish(group, "group 5")
    assert messages(bob, 1) == [(5, "group 5")]


def test_resume_behind_the_end_is_a_gap_and_not_silence(connect, name):
    news = "broadcast:" + name("news")
    alice = connect(name("alice"))
    alice.publish(news, "one")
    epoch = alice.history(news).epoch
    bob = connect(name("bob"), resume=[Position(conversation=news, epoch=epoch + 1, sequence=9)])
    gap = bob.next_update()
    assert gap.HasField("gap"), gap
    assert gap.gap.conversation == news
    assert messages(bob, 1) == [(1, "one")]


def test_history_is_read_forwards_and_backwards(connect, name):
    group = "group:" + name("lobby")
    alice = connect(name("alice"))
    alice.join(group)
    assert (alice.history(group).last_sequence, len(alice.history(group).messages)) == (0, 0)
    expected = [(number, f"message {number}") for number in range(1, 26)]
    for number, text in expected:
        assert alice.publish(group, text).sequence == number

    page = alice.history(group, limit=10)
    assert entries(page) == expected[15:]
    assert (page.first_sequence, page.last_sequence) == (1, 25)
    assert page.conversation == group and page.epoch > 0

    forwards, last = [], 0
    while found := entries(alice.history(group, after=last, limit=10)):
        forwards += found
        last = found[-1][0]
    assert forwards == expected

    backwards, first = [], 26
    while first > 1 and (found := entries(alice.history(group, before=first, limit=10))):
        backwards = found + backwards
        first = found[0][0]
    assert backwards == expected
    assert entries(alice.history(group)) == expected
    with pytest.raises(Refused) as refused:
        alice.history(group, after=1, before=5)
    assert refused.value.code == ERROR_CODE_INVALID_ARGUMENT


def test_a_receipt_counts_who_is_there(connect, name):
    group = "group:" + name("lobby")
    alice, bob, carol = (connect(name(user)) for user in ("alice", "bob", "carol"))
    for client in (alice, bob, carol):
        client.join(group)
    receipt = alice.publish(group, "all here")
    assert (receipt.recipients_online, receipt.recipients_total) == (2, 2)
    carol.close()
    for _ in range(50):
        receipt = alice.publish(group, "one has left")
        if receipt.recipients_online == 1:
            break
        time.sleep(0.02)
    assert (receipt.recipients_online, receipt.recipients_total) == (1, 2)


def test_a_client_without_a_user_is_refused(broker):
    with pytest.raises(Refused) as refused:
        ChatClient("127.0.0.1", broker.port, "")
    assert refused.value.code == ERROR_CODE_INVALID_ARGUMENT
