"""Sessions and conversations, as a client of another language sees them."""

import io
import socket
import time

import pytest
from chat.v1.client_pb2 import ClientFrame
from chat.v1.error_pb2 import ERROR_CODE_INVALID_ARGUMENT, ERROR_CODE_NOT_MEMBER
from chat.v1.server_pb2 import ServerFrame
from chat_client import ChatClient, Refused, delimited
from expect import SILENCE, assert_silent, entries, messages, update_of
from google.protobuf.proto import parse_length_prefixed, serialize_length_prefixed

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


def test_a_client_without_a_user_is_refused(broker):
    with pytest.raises(Refused) as refused:
        ChatClient("127.0.0.1", broker.port, "")
    assert refused.value.code == ERROR_CODE_INVALID_ARGUMENT


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

    while update_of(bob, "event").following.conversation != receipt.conversation:
        pass
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
    # Acknowledgements are stored now and then, not at once.
    for _ in range(100):
        bob.close()
        time.sleep(0.05)
        bob = connect(name("bob"))
        if [state.position for state in bob.connected.conversations] == [1]:
            break
    # What was acknowledged does not come again, also without a place to resume from.
    alice.publish("user:" + name("bob"), "still?")
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
