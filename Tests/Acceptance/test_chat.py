"""People talk, and the broker is killed."""

import signal


def test_two_terminals_chat_and_history_survives_a_kill(broker, chat):
    alice = chat("group:lobby", "alice")
    alice.type("is anybody here?")
    alice.expect("alice: is anybody here[?]")

    bob = chat("group:lobby", "bob")
    bob.expect("alice: is anybody here[?]")
    bob.type("yes, me")
    alice.expect("bob: yes, me")

    broker.signal(signal.SIGKILL)
    assert broker.wait() == -signal.SIGKILL
    broker.start()

    history = broker.run("history", "group:lobby", "--user", "alice").stdout
    assert "#1 alice: is anybody here?" in history
    assert "#2 bob: yes, me" in history

    # Both have connected again by themselves.
    bob.type("still there?")
    alice.expect("bob: still there[?]")
    alice.type("of course")
    bob.expect("alice: of course")
    for terminal in (alice, bob):
        assert "missing" not in terminal.shown


def test_a_direct_conversation_reaches_the_other_user(broker, chat):
    alice = chat("user:bob", "alice")
    bob = chat("user:alice", "bob")
    alice.type("psst")
    bob.expect("alice: psst")
    bob.type("what?")
    alice.expect("bob: what[?]")


def test_what_others_send_cannot_drive_the_terminal(broker, chat):
    alice = chat("group:lobby", "alice")
    alice.type("ready")
    alice.expect("alice: ready")
    broker.run("send", "group:lobby", "--user", "mallory", input="\x1b]0;owned\x07\x1b[2Jboo\n")
    alice.expect("mallory: .*boo")
    assert "\x1b]0;owned" not in alice.shown
    assert "\x1b[2J" not in alice.shown
