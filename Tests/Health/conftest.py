import pytest
from node import Node


@pytest.fixture
def nodes(tmp_path):
    """Starts brokers, and ends those that the test leaves."""
    started = []

    def start(**options):
        node = Node(tmp_path, **options)
        started.append(node)
        return node.start()

    yield start
    for node in started:
        node.kill()


@pytest.fixture
def node(nodes):
    return nodes()
