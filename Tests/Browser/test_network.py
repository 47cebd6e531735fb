"""The network goes and comes; nothing is lost, and nothing comes twice."""

import contextlib
import re
import time

import pytest
from playwright.sync_api import TimeoutError, expect

OUTAGE_SECONDS = 20


def test_an_outage_loses_and_repeats_nothing(visit, connect, relay, name):
    group = name("lobby")
    alice = visit(name("alice"), port=relay.port)
    alice.join(group)
    bob = connect(name("bob"))
    bob.join(f"group:{group}")
    alice.say("before")
    expect(alice.messages.get_by_role("img", name="Stored")).to_have_count(1)

    relay.cut()
    banner = alice.page.locator("#banner")
    expect(banner).to_contain_text(re.compile(r"Trying again in \d+ s\. What you write is sent when it is back"))
    end = time.monotonic() + OUTAGE_SECONDS
    for number in range(5):
        bob.publish(f"group:{group}", f"missed {number}")
        alice.say(f"written without a network {number}")
    expect(alice.messages.get_by_role("img", name="Sending")).to_have_count(5)
    while time.monotonic() < end:
        alice.page.wait_for_timeout(500)
    assert len(alice.messages.all()) == 6
    relay.mend()
    # Whoever does not want to wait need not. It may be connecting by itself at this moment.
    with contextlib.suppress(TimeoutError):
        alice.page.get_by_role("button", name="Try now").click(timeout=5000)
    alice.expect_online()
    expect(banner).to_be_hidden()

    expect(alice.messages).to_have_count(11)
    expect(alice.messages.get_by_role("img", name="Sending")).to_have_count(0)
    assert alice.sequences() == list(range(1, 12))
    shown = alice.page.locator("#log .message .text").all_inner_texts()
    stored = [message.body.decode() for message in bob.history(f"group:{group}").messages]
    assert shown == stored
    assert sorted(stored) == sorted(
        ["before"]
        + [f"missed {number}" for number in range(5)]
        + [f"written without a network {number}" for number in range(5)]
    )


@pytest.mark.parametrize("moment", ["before the answer", "again and again"])
def test_what_is_being_sent_is_stored_once(visit, connect, relay, name, moment):
    group = name("lobby")
    alice = visit(name("alice"), port=relay.port)
    alice.join(group)
    count = 30
    for number in range(count):
        alice.say(f"message {number}")
        if moment == "again and again" and number % 7 == 3 or number == count - 1:
            relay.cut()
            relay.mend()
    expect(alice.messages.get_by_role("img", name="Sending")).to_have_count(0)
    expect(alice.messages).to_have_count(count)
    bob = connect(name("bob"))
    bob.join(f"group:{group}")
    stored = [message.body.decode() for message in bob.history(f"group:{group}").messages]
    assert stored == [f"message {number}" for number in range(count)]


def test_what_was_not_sent_survives_a_reload(visit, connect, relay, name):
    alice = visit(name("alice"), port=relay.port)
    alice.write_to(name("bob"))
    alice.say("first")
    expect(alice.messages.get_by_role("img", name="Stored")).to_have_count(1)
    relay.cut()
    expect(alice.page.locator("#banner")).to_be_visible()
    alice.say("second")
    expect(alice.messages.get_by_role("img", name="Sending")).to_have_count(1)
    # The page itself comes from the broker too. Mended and reloaded before the next attempt, it is a new page that
    # sends it.
    relay.mend()
    alice.page.reload()
    alice.expect_messages(["first", "second"])
    bob = connect(name("bob"))
    assert [bob.next_message().body for _ in range(2)] == [b"first", b"second"]
    assert bob.next_message(0.5) is None


def test_a_connection_that_says_nothing_is_given_up(visit, connect, relay, name):
    alice = visit(name("alice"), port=relay.port)
    alice.write_to(name("bob"))
    alice.say("first")
    expect(alice.messages.get_by_role("img", name="Stored")).to_have_count(1)
    relay.freeze()
    alice.say("second")
    expect(alice.page.locator("#banner")).to_be_visible(timeout=30_000)
    # What was held up arrives after all, and what is sent again is the same message.
    relay.mend()
    expect(alice.page.locator("#banner")).to_be_hidden(timeout=30_000)
    expect(alice.messages.get_by_role("img", name="Stored")).to_have_count(2)
    bob = connect(name("bob"))
    assert [bob.next_message().body for _ in range(2)] == [b"first", b"second"]
    assert bob.next_message(0.5) is None


@pytest.mark.parametrize("end", ["asked", "killed"])
def test_a_broker_that_is_started_again_is_found_again(visit, own_broker, end):
    alice = visit("alice", port=own_broker.http_port)
    alice.join("lobby")
    alice.say("before")
    expect(alice.messages.get_by_role("img", name="Stored")).to_have_count(1)
    if end == "asked":
        own_broker.ask_to_end()
        assert own_broker.exit_code() == 0
    else:
        own_broker.kill()
    expect(alice.page.locator("#banner")).to_be_visible()
    alice.say("meanwhile")
    own_broker.start()
    alice.expect_online()
    expect(alice.messages.get_by_role("img", name="Stored")).to_have_count(2)
    assert alice.sequences() == [1, 2]
