"""Messages, places and history, as a client of another language sees them."""

import time

import pytest
from chat.v1.conversation_pb2 import Position
from chat.v1.error_pb2 import ERROR_CODE_INVALID_ARGUMENT, ERROR_CODE_NOT_MEMBER
from chat_client import Refused
from expect import assert_silent, entries, messages, update_of

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
    assert update_of(bob, "gap").conversation == news
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

    backwards, first = [], 26
    while first > 1 and (found := entries(alice.history(group, before=first, limit=10))):
        backwards = found + backwards
        first = found[0][0]
    assert backwards == expected

    forwards, last = [], 1
    while found := entries(alice.history(group, after=last, limit=10)):
        forwards += found
        last = found[-1][0]
    assert forwards == expected[1:]
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
    for _ in range(500):
        receipt = alice.publish(group, "one has left")
        if receipt.recipients_online == 1:
            break
        time.sleep(0.02)
    assert (receipt.recipients_online, receipt.recipients_total) == (1, 2)
