"""An event loop that hangs is told, and the process ends if it stays so."""

import signal
import time

import pytest
from node import PATIENCE, eventually
from permitted import require
from threads import event_loops, is_permitted, stopped

WEDGED = 80


@pytest.fixture
def single_threads():
    """They can be stopped."""
    require(is_permitted(), "stopping single threads of another process (ptrace)")


@pytest.mark.usefixtures("single_threads")
@pytest.mark.parametrize("loop", [0, 1])
def test_a_loop_that_hangs_fails_liveness_and_is_well_again_when_it_turns(nodes, loop):
    node = nodes()
    assert node.answer("/livez")[0] == 200
    with stopped(event_loops(node.process.pid)[loop]):
        # Where the hanging loop has the listener or the connection there is no answer at all.
        eventually(lambda: node.answer("/livez", timeout=4)[0] in (0, 503), "liveness fails")
        eventually(lambda: "an event loop does not answer" in node.log(), "the log says it")
    eventually(lambda: node.answer("/livez", timeout=4)[0] == 200, "liveness is well again")
    eventually(lambda: node.metrics()["chat_loop_stalls_total"] == 1, "it is counted")
    eventually(lambda: "an event loop answers again" in node.log(), "the log says that, too")
    node.client("alice").publish("user:alice", "still here")


@pytest.mark.usefixtures("single_threads")
def test_with_a_loop_that_stays_silent_the_process_ends_with_a_code_of_its_own(nodes):
    node = nodes()
    receipt = node.client("alice").publish("user:alice", "acknowledged")
    with stopped(event_loops(node.process.pid)[1]):
        eventually(lambda: "only a new process helps" in node.log(), "it says why it ends")
        # A process ends with its last thread, which is ours until here.
        time.sleep(0.2)
    assert node.process.wait(PATIENCE) == WEDGED, node.log()
    node.start()
    page = node.client("alice").history("user:alice")
    assert [message.sequence for message in page.messages] == [receipt.sequence]


def test_a_pause_of_the_whole_process_is_no_fault_of_its_loops(node):
    node.process.send_signal(signal.SIGSTOP)
    time.sleep(5)
    node.process.send_signal(signal.SIGCONT)
    eventually(lambda: node.answer("/livez")[0] == 200, "it answers again")
    assert node.metrics()["chat_loop_stalls_total"] == 0
    assert "does not answer" not in node.log()
