import pytest

from ecs_broker import Broker


@pytest.fixture
def make_broker(tmp_path):
    """Starts brokers, and ends them at the end."""
    started = []

    def make(*arguments, directory=tmp_path, **environment):
        broker = Broker(directory, **environment)
        started.append(broker)
        return broker.start(*arguments)

    yield make
    for broker in started:
        broker.kill()


@pytest.fixture
def broker(make_broker):
    return make_broker()
