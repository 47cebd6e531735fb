import pytest
from api_broker import Broker


@pytest.fixture
def broker(tmp_path):
    """A broker of the test's own; it must survive the test and then stop as it should."""
    broker = Broker(tmp_path).start()
    yield broker
    assert broker.is_running(), broker.log()
    assert broker.stop() == 0, broker.log()
