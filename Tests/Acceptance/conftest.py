import signal

import pytest

from programs import Broker


@pytest.fixture
def broker(tmp_path):
    """A running broker on a fresh data directory."""
    broker = Broker(tmp_path / "data").start()
    yield broker
    broker.kill()


@pytest.fixture
def terminals(broker):
    """Opens terminals, and closes them at the end."""
    opened = []

    def open_terminal(*arguments):
        terminal = broker.terminal(*arguments)
        opened.append(terminal)
        return terminal

    yield open_terminal
    for terminal in opened:
        terminal.close()


@pytest.fixture
def serving(broker, terminals):
    """Starts the broker anew, in a terminal."""

    def serve(*options):
        broker.signal(signal.SIGTERM)
        assert broker.wait() == 0
        terminal = terminals(*broker.serve(*options))
        terminal.expect("Ctrl-C stops the broker")
        return terminal

    return serve


@pytest.fixture
def chat(terminals):
    """Opens a terminal in which a user talks in a conversation."""

    def enter(address, user):
        terminal = terminals("chat", address, "--user", user)
        terminal.expect("/help for help")
        return terminal

    return enter
