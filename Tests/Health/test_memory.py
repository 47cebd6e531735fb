"""Over its memory budget a node refuses sessions, tells its clients to go, and ends with a code of its own."""

import pytest
from chat_client import Closed, Refused
from node import PATIENCE, eventually

OVER_MEMORY = 81
# Any process has more than this.
LITTLE = {
    "CHAT_HEALTH_MEMORY_BYTES": "1", "CHAT_HEALTH_MEMORY_REFUSE_MS": "8000", "CHAT_HEALTH_MEMORY_END_MS": "16000"
}


def test_a_node_over_its_budget_refuses_sessions_then_drains_and_ends(nodes):
    node = nodes(environment=LITTLE)
    alice = node.client("alice")
    alice.join("group:lobby")
    receipt = alice.publish("group:lobby", "hello")
    status, checks = eventually(
        lambda: (found := node.checks("/readyz"))[1].get("memory", ("",))[0] == "failing" and found,
        "it is not ready")
    assert status == 503 and "health.memory_bytes is 1" in checks["memory"][1]
    with pytest.raises((Closed, Refused)):
        node.client("bob")
    while (update := alice.next_update()) is not None and not update.HasField("go_away"):
        pass
    assert update is not None, "no GoAway came"
    alice.close()
    assert node.process.wait(PATIENCE) == OVER_MEMORY, node.log()
    assert "start it again" in node.log()

    node._environment.update({"CHAT_HEALTH_MEMORY_BYTES": "0"})
    node.start()
    page = node.client("alice").history("group:lobby")
    assert [message.sequence for message in page.messages] == [receipt.sequence]
