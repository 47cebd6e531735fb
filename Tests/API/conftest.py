import pytest
from broker import Broker


@pytest.fixture
def broker(tmp_path):
    """A broker of the test's own; it must survive the test and then stop as it should."""
    broker = Broker(tmp_path).start()
    try:
        yield broker
        assert broker.is_running(), broker.log()
        broker.ask_to_end()
        assert broker.exit_code() == 0, broker.log()
    finally:
        broker.kill()
