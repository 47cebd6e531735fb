"""Roll-outs behind a real Envoy, with live sessions: the good one is promoted, the slow one is rolled back."""

import json

import pytest
import rehearsal
from chat.v1.server_pb2 import Receipt


def run(candidate, broker, tmp_path, capsys):
    file = tmp_path / "verdict.json"
    code = rehearsal.main(["--candidate", str(candidate), "--reference", str(broker), "--write", str(file)])
    assert file.exists(), capsys.readouterr().err
    return code, json.loads(file.read_text())


def weights(told):
    return [step["weight"] for step in told["steps"]]


def assert_nothing_was_lost(told):
    assert told["lost"] == []
    assert told["duplicated"] == []
    assert told["dropped"] == []


def test_a_good_canary_is_promoted(broker, tmp_path, capsys):
    code, told = run(broker, broker, tmp_path, capsys)
    assert code == rehearsal.PROMOTED, told
    assert weights(told) == [5, 50, 100]
    assert {step["verdict"] for step in told["steps"]} == {"promote"}
    assert_nothing_was_lost(told)
    assert told["acknowledged"]["canary"] > 100
    assert told["acknowledged"]["stable"] > 100


def test_a_slow_canary_is_rolled_back(broker, spoilt, tmp_path, capsys):
    # Prometheus waits for a second, in which a check of the store may take two syncs: slower, and it would not answer.
    code, told = run(spoilt("slow-canary", SYNC_SLEEP_MS=300), broker, tmp_path, capsys)
    assert code == rehearsal.ROLLED_BACK, told
    assert not told["promoted"]
    assert told["steps"][-1]["verdict"] == "roll back"
    assert any("allowed is" in reason for reason in told["steps"][-1]["reasons"])
    # It was found out before half of the clients had it.
    assert weights(told) == [5]
    assert_nothing_was_lost(told)
    # Somebody was on it, so there was something to lose.
    assert told["acknowledged"]["canary"] > 0


def test_a_canary_that_crashes_is_rolled_back_and_what_it_has_acknowledged_is_kept(broker, spoilt, tmp_path, capsys):
    code, told = run(spoilt("crashing-canary", SYNC_LAST=40), broker, tmp_path, capsys)
    assert code == rehearsal.ROLLED_BACK, told
    assert told["steps"][-1]["verdict"] == "roll back"
    assert any("do not answer" in reason for reason in told["steps"][-1]["reasons"])
    # Which clients it gets is chance, so it may crash only at the next step, but before all have it.
    assert weights(told) in ([5], [5, 50])
    assert (told["lost"], told["duplicated"]) == ([], [])
    assert told["acknowledged"]["canary"] > 0


class ScriptedNode:
    name = "stable"

    def __init__(self, history):
        self._history = history

    def start(self):
        pass

    def history(self, conversation):
        return self._history


def examine(history):
    ledger = rehearsal.Traffic(0).ledger
    ledger.acknowledged = {("stable", "group:a", 1): "one", ("stable", "group:a", 2): "two"}
    node = ScriptedNode(history)
    return rehearsal.examine(ledger, node, [node], True, [])


def test_all_that_was_acknowledged_and_once_is_good():
    assert examine({1: "one", 2: "two", 3: "not answered in time"}).exit_code == rehearsal.PROMOTED


def test_a_message_that_is_gone_would_be_found():
    result = examine({1: "one", 2: "another"})
    assert result.lost == ["stable group:a 2: two"]
    assert result.exit_code == rehearsal.LOST


def test_a_message_that_is_there_twice_would_be_found():
    result = examine({1: "one", 2: "two", 3: "one"})
    assert result.duplicated == ["stable group:a: one"]
    assert result.exit_code == rehearsal.LOST


def test_a_sequence_that_two_messages_have_would_be_found():
    ledger = rehearsal.Traffic(0).ledger
    receipt = Receipt(conversation="group:a", sequence=1)
    ledger.acknowledge("stable", receipt, "one")
    ledger.acknowledge("stable", receipt, "one")
    assert not ledger.failures
    ledger.acknowledge("stable", receipt, "two")
    assert ledger.failures


def test_a_traffic_that_fails_is_no_success():
    ledger = rehearsal.Traffic(0).ledger
    ledger.fail("resident-1", ValueError("what"))
    with pytest.raises(RuntimeError, match="resident-1"):
        rehearsal.examine(ledger, None, [], True, [])
