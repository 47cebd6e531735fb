import itertools

import pytest
from broker import Broker
from chat_client import ChatClient

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """The broker that most tests share."""
    broker = Broker(tmp_path_factory.mktemp("shared")).start()
    yield broker
    broker.kill()


@pytest.fixture
def own_broker(tmp_path):
    """A broker that the test may end."""
    broker = Broker(tmp_path).start()
    yield broker
    broker.kill()


@pytest.fixture
def name():
    """Makes names that no other test uses: name("alice") → "alice-7"."""
    number = next(_numbers)
    return lambda text: f"{text}-{number}"


@pytest.fixture
def clients():
    """Connects clients, and closes them after the test."""
    opened = []

    def connect(broker, user, **options):
        client = ChatClient("127.0.0.1", broker.port, user, **options)
        opened.append(client)
        return client

    yield connect
    for client in opened:
        client.close()


@pytest.fixture
def connect(broker, clients):
    """Connects to the shared broker."""
    return lambda user, **options: clients(broker, user, **options)
