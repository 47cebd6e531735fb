"""What the log says of a store that is slow, or cannot write or read: each with a disk, a lock or a file that makes it so."""

import os
import pathlib
import sqlite3
import subprocess
import time
from contextlib import contextmanager

import pytest

from chat_client import ChatClient, Refused
from ecs_broker import wait_until
from index_template import field_types, mismatch
from small_disk import fill, small_disk

SOURCE = pathlib.Path(__file__).parents[1] / "Pipeline" / "spoilt-sync.c"
# So long a commit may take before it is told, in nanoseconds.
LONG = 500_000_000


@pytest.fixture(scope="module")
def spoilt_disk(tmp_path_factory):
    """Variables of a broker with a library in front of its disk: spoilt_disk(SYNC_SLEEP_MS=500)."""
    library = tmp_path_factory.mktemp("spoilt") / "spoilt-sync.so"
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    return lambda **settings: {"LD_PRELOAD": str(library), **{name: str(value) for name, value in settings.items()}}


def client(broker):
    return ChatClient("127.0.0.1", broker.ports["tcp"], user="alice")


def of(broker, message):
    return [line for line in broker.lines() if line["message"] == message]


def assert_is_in_the_template(line):
    assert [problem for name, value in line.items() if (problem := mismatch(name, value, field_types()))] == []


# Slow

def test_a_commit_that_takes_half_a_second_is_told_with_its_time(make_broker, spoilt_disk):
    broker = make_broker(**spoilt_disk(SYNC_SLEEP_MS=500))
    with client(broker) as alice:
        alice.publish("user:bob", "hello")
    line = broker.wait_for("a commit took long")
    assert line["log.level"] == "warning" and line["event.action"] == "store-write"
    assert line["event.duration"] >= LONG
    assert_is_in_the_template(line)


def test_a_commit_that_takes_less_is_not_told(make_broker, spoilt_disk):
    broker = make_broker(**spoilt_disk(SYNC_SLEEP_MS=150))
    with client(broker) as alice:
        for _ in range(5):
            alice.publish("user:bob", "hello")
    assert broker.stop() == 0
    # On a busy machine one may have taken longer than it was made to.
    assert all(line["event.duration"] >= LONG for line in of(broker, "a commit took long"))


# Refuses to write

@contextmanager
def full(make_broker, tmp_path, **_):
    with small_disk(tmp_path / "disk", megabytes=112) as disk:
        broker = make_broker(data="disk/data")
        fill(disk / "ballast")
        yield broker
        # Or its files would go while it has them.
        broker.stop()


@contextmanager
def broken(make_broker, spoilt_disk, **_):
    yield make_broker(**spoilt_disk(SYNC_GOOD=40))


@contextmanager
def locked(make_broker, **_):
    broker = make_broker()
    with client(broker) as alice:
        alice.publish("user:bob", "hello")
    other = sqlite3.connect(broker.data / "chat.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield broker
    finally:
        other.close()


@pytest.mark.parametrize("disk, code, advice", [
    (full, "full", "free space"), (broken, "io", "look at the disk"), (locked, "locked", "another program holds a lock")])
def test_a_store_that_refuses_to_write_is_told_with_why_and_what_to_do(
        make_broker, tmp_path, spoilt_disk, disk, code, advice):
    with disk(make_broker=make_broker, tmp_path=tmp_path, spoilt_disk=spoilt_disk) as broker:
        with client(broker) as alice:
            with pytest.raises(Refused, match="UNAVAILABLE"):
                for _ in range(1_000):
                    alice.publish("user:bob", "x" * 30_000)
        line = broker.wait_for("the store refused to write")
        assert line["log.level"] == "error" and line["event.action"] == "store-write"
        assert line["event.outcome"] == "failure"
        assert line["error.code"] == code and advice in line["error.message"]
        assert_is_in_the_template(line)


def test_what_repeats_is_told_once_a_second_with_how_often_it_was_left_out(make_broker, spoilt_disk):
    broker = make_broker("--loops", "1", **spoilt_disk(SYNC_GOOD=40))
    refused, began = 0, time.monotonic()
    with client(broker) as alice:
        while refused < 200:
            try:
                alice.publish("user:bob", "hello")
            except Refused:
                refused += 1

    def lines():
        return of(broker, "the store refused to write")

    def told():
        # A line is told for itself and for those that were left out before it; a notice only for those.
        notices = of(broker, "lines were left out")
        return len(lines()) + sum(line["chat.left_out"] for line in [*lines(), *notices])

    wait_until(lambda: told() >= refused, "all refusals are in the log")
    assert len(lines()) <= 1 + time.monotonic() - began
    notice = broker.wait_for("lines were left out", log__level="notice", event__action="lines-left-out")
    assert notice["event.reason"] == "the store refused to write: io"


# Syncs that fail for a while

@pytest.mark.parametrize("good", [40, 41, 42, 43])
@pytest.mark.parametrize("bad", [1, 2, 3, 10])
def test_what_was_answered_is_there_when_the_disk_failed_for_a_while_and_the_broker_was_killed(
        make_broker, spoilt_disk, good, bad):
    broker = make_broker("--loops", "1", **spoilt_disk(SYNC_GOOD=good, SYNC_BAD=bad))
    acknowledged, refused = {}, set()
    with client(broker) as alice:
        for number in range(100):
            try:
                acknowledged[f"message {number}"] = alice.publish("user:bob", f"message {number}").sequence
            except Refused:
                refused.add(f"message {number}")
    assert len(acknowledged) >= 80 and len(refused) <= bad
    broker.kill()

    again = make_broker("--loops", "1")
    with client(again) as alice:
        history = alice.history("direct:alice:bob", from_start=True, limit=200).messages
    found = {message.body.decode(): message.sequence for message in history}
    assert {text: found.get(text) for text in acknowledged} == acknowledged
    assert len(history) == len(found) and found.keys() <= acknowledged.keys() | refused
    assert [message.sequence for message in history] == list(range(1, len(history) + 1))


# Refuses to read

def test_a_store_that_refuses_to_read_is_told_with_why_and_what_to_do(make_broker):
    broker = make_broker()
    with client(broker) as alice:
        alice.publish("user:bob", "hello")
    # Who connects reads, so the tables have the message.
    with client(broker):
        pass
    # What was written and is not in the database itself yet.
    os.truncate(broker.data / "chat.sqlite-wal", 0)
    with pytest.raises(Refused, match="UNAVAILABLE"):
        ChatClient("127.0.0.1", broker.ports["tcp"], user="bob")
    line = broker.wait_for("the store refused to read")
    assert line["log.level"] == "error" and line["event.action"] == "store-read"
    assert line["event.outcome"] == "failure"
    assert line["error.code"] == "io" and "look at the disk" in line["error.message"]
    assert_is_in_the_template(line)
