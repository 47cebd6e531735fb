"""A backup is made while the broker works, and a broker that starts from it promises nothing that it does not keep."""

import json
import os
import pty
import stat
import subprocess
import threading

from chat.v1.conversation_pb2 import GAP_REASON_EPOCH_CHANGED, Position
from chat_client import ChatClient
from ecs_broker import EXECUTABLE, PATIENCE, Broker, wait_until

GROUP = "group:lobby"


def run(*arguments, code=0):
    done = subprocess.run(
        [EXECUTABLE, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def client(broker, user, **options):
    return ChatClient("127.0.0.1", broker.ports["tcp"], user=user, timeout=PATIENCE, **options)


class Publisher(threading.Thread):
    """Publishes until it is told to stop, and keeps what was acknowledged."""

    def __init__(self, broker, user):
        super().__init__(daemon=True)
        self.acknowledged = []
        self._ending = threading.Event()
        self._broker, self._user = broker, user
        self.start()

    def run(self):
        with client(self._broker, self._user) as session:
            while not self._ending.is_set():
                text = f"{self._user} {len(self.acknowledged)}"
                self.acknowledged.append((session.publish(GROUP, text).sequence, text))

    def end(self):
        self._ending.set()
        self.join(PATIENCE)
        assert not self.is_alive()


def members(broker, *users):
    for user in users:
        with client(broker, user) as session:
            session.join(GROUP)


def next_gap(session):
    while not (update := session.next_update()).HasField("gap"):
        pass
    return update.gap


def log(broker, user="reader"):
    """All messages, as (sequence, text)."""
    with client(broker, user) as session:
        page = session.history(GROUP, from_start=True)
        messages = list(page.messages)
        while messages and messages[-1].sequence < page.last_sequence:
            page = session.history(GROUP, after=messages[-1].sequence)
            messages += page.messages
    return [(message.sequence, message.body.decode()) for message in messages]


def test_a_copy_made_under_load_is_consistent_and_starts(make_broker, tmp_path):
    broker = make_broker(CHAT_LOG_LEVEL="info")
    members(broker, "reader", "writer-1", "writer-2", "writer-3")
    publishers = [Publisher(broker, f"writer-{number}") for number in (1, 2, 3)]
    wait_until(lambda: all(len(publisher.acknowledged) > 20 for publisher in publishers), "messages before the copy")
    before = [entry for publisher in publishers for entry in list(publisher.acknowledged)]
    copy = tmp_path / "copy.sqlite"
    told = json.loads(run("backup", "--data", broker.data, "--to", copy, "--json"))
    counts = [len(publisher.acknowledged) for publisher in publishers]
    wait_until(lambda: all(len(publisher.acknowledged) > count for publisher, count in zip(publishers, counts)),
               "messages after the copy")
    for publisher in publishers:
        publisher.end()
    everything = log(broker)
    assert sorted(entry for publisher in publishers for entry in publisher.acknowledged) == everything

    assert told["file"] == str(copy) and told["bytes"] == copy.stat().st_size
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    restored = Broker(tmp_path / "restored", CHAT_LOG_LEVEL="info")
    (tmp_path / "restored").mkdir()
    run("restore", "--from", copy, "--data", restored.data)
    try:
        restored.start()
        copied = log(restored)
    finally:
        restored.kill()
    # Everything that was acknowledged before the copy began, and of what came later a beginning without gaps.
    assert set(before) <= set(copied)
    assert copied == everything[:len(copied)] and len(copied) == told["messages"]


def test_clients_see_that_the_log_is_another_one(make_broker, tmp_path):
    broker = make_broker(CHAT_LOG_LEVEL="info")
    copy = tmp_path / "copy.sqlite"
    with client(broker, "alice") as alice:
        alice.join(GROUP)
        for number in range(3):
            alice.publish(GROUP, f"old {number}")
        epoch = next(state.epoch for state in [alice.history(GROUP)])
        run("backup", "--data", broker.data, "--to", copy)
        # The copy lacks these, and their sequences will be given to others.
        for number in range(3, 6):
            alice.publish(GROUP, f"lost {number}")
    assert broker.stop() == 0

    assert "is there already" in run("restore", "--from", copy, "--data", broker.data, code=74)
    run("restore", "--from", copy, "--data", broker.data, "--replace")
    assert (broker.data / "chat.sqlite.replaced").exists()
    broker.start()
    with client(broker, "bob") as bob:
        bob.join(GROUP)
        for number in range(3, 8):
            bob.publish(GROUP, f"new {number}")
    # A device that had all six resumes. By sequences alone it would miss three messages in silence.
    with client(broker, "alice", resume=[Position(conversation=GROUP, epoch=epoch, sequence=6)]) as alice:
        gap = next_gap(alice)
        assert gap.epoch != epoch and (gap.conversation, gap.reason) == (GROUP, GAP_REASON_EPOCH_CHANGED)
        got = [alice.next_message() for _ in range(8)]
    assert [message.sequence for message in got] == list(range(1, 9))
    assert [message.body.decode() for message in got] == [f"old {n}" for n in range(3)] + [f"new {n}" for n in range(3, 8)]


def test_a_retry_is_known_after_a_restore(make_broker, tmp_path):
    broker = make_broker(CHAT_LOG_LEVEL="info")
    with client(broker, "alice") as alice:
        first = alice.publish("user:bob", "hello", client_message_id="m-1")
    copy = tmp_path / "copy.sqlite"
    run("backup", "--data", broker.data, "--to", copy)
    assert broker.stop() == 0
    run("restore", "--from", copy, "--data", broker.data, "--replace")
    broker.start()
    with client(broker, "alice") as alice:
        again = alice.publish("user:bob", "hello", client_message_id="m-1")
    assert again.duplicate and again.sequence == first.sequence


def test_a_running_broker_is_not_replaced(broker, tmp_path):
    copy = tmp_path / "copy.sqlite"
    run("backup", "--data", broker.data, "--to", copy)
    said = run("restore", "--from", copy, "--data", broker.data, "--replace", code=74)
    assert "in use" in said
    with client(broker, "alice") as alice:
        assert alice.publish("user:bob", "hello").sequence == 1


def test_a_backup_of_a_broker_that_has_stopped(broker, tmp_path):
    with client(broker, "alice") as alice:
        alice.publish("user:bob", "hello")
    assert broker.stop() == 0
    assert "1 messages of 1 conversations" in run("backup", "--data", broker.data, "--to", tmp_path / "copy.sqlite")


def test_a_backup_of_a_broker_that_was_killed(broker, tmp_path):
    with client(broker, "alice") as alice:
        alice.publish("user:bob", "hello")
    broker.kill()
    assert "1 messages of 1 conversations" in run("backup", "--data", broker.data, "--to", tmp_path / "copy.sqlite")


def test_a_file_is_replaced_only_if_that_is_wanted(broker, tmp_path):
    copy = tmp_path / "copy.sqlite"
    copy.write_text("precious")
    assert "--replace" in run("backup", "--data", broker.data, "--to", copy, code=74)
    assert copy.read_text() == "precious"
    run("backup", "--data", broker.data, "--to", copy, "--replace")
    assert copy.read_bytes().startswith(b"SQLite format 3")


def test_the_store_itself_is_no_target(broker):
    said = run("backup", "--data", broker.data, "--to", broker.data / "chat.sqlite", "--replace", code=64)
    assert "is the store itself" in said


def test_what_cannot_be_done_says_what_to_do(tmp_path, broker):
    assert "--data" in run("backup", "--data", tmp_path / "missing", "--to", tmp_path / "copy.sqlite", code=74)
    assert "directory" in run("backup", "--data", broker.data, "--to", tmp_path / "missing" / "copy.sqlite", code=74)
    other = tmp_path / "other.txt"
    other.write_text("no store, but some words of a file of another kind" * 20)
    for wrong, reason in ((other, "it is no store"), (tmp_path / "none", "No such file"), (tmp_path, "not a regular file")):
        said = run("restore", "--from", wrong, "--data", tmp_path / "new", code=74)
        # It is about the backup: that a backup should be put in its place would be no help.
        assert f"{wrong} is no backup ({reason}" in said.replace("it is not a", "not a"), said
        assert "chat-broker backup" in said and "in its place" not in said
    assert not (tmp_path / "new" / "chat.sqlite").exists()


def test_a_terminal_sees_the_progress(broker, tmp_path):
    leader, follower = pty.openpty()
    done = subprocess.run(
        [EXECUTABLE, "backup", "--data", str(broker.data), "--to", str(tmp_path / "copy.sqlite")],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=follower, timeout=PATIENCE)
    os.close(follower)
    assert done.returncode == 0 and b"100 % of" in os.read(leader, 65536)
    os.close(leader)
