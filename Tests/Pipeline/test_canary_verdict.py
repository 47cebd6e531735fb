import dataclasses
import math

import pytest
from canary_verdict import Figures, Limits, Verdict, decide

GOOD = Figures(
    nodes=2,
    nodes_up=2,
    failed_checks=0,
    restarts=0,
    published=10_000,
    faults=0,
    publish_p99_seconds=0.008,
    publish_median_seconds=0.002,
)


def canary(**changes):
    return dataclasses.replace(GOOD, **changes)


@pytest.mark.parametrize(
    "figures",
    [
        pytest.param(canary(), id="the same as the stable nodes"),
        pytest.param(canary(publish_p99_seconds=0.06), id="slower, within the width of a bucket"),
        pytest.param(canary(faults=2), id="two faults may be chance"),
        pytest.param(canary(published=100), id="just enough publishes"),
    ],
)
def test_a_good_canary_is_promoted(figures):
    decision = decide(GOOD, figures)
    assert decision.verdict is Verdict.PROMOTE, decision
    assert len(decision.reasons) == 1


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        (canary(publish_p99_seconds=0.2), "200 ms, allowed is 66 ms"),
        (canary(published=9_900, faults=100), "1.00% of the publishes are refused"),
        (canary(published=0, faults=500), "100.00% of the publishes are refused"),
        (canary(published=0, faults=3, publish_p99_seconds=math.nan), "100.00% of the publishes are refused"),
        (canary(published=10, publish_median_seconds=0.2, publish_p99_seconds=0.2), "half of the publishes take 200 ms"),
        (canary(restarts=1), "restarted 1 times"),
        (canary(nodes_up=1), "1 of 2 nodes do not answer"),
        (canary(failed_checks=1), "1 checks of health fail"),
    ],
)
def test_a_bad_canary_is_rolled_back(figures, reason):
    decision = decide(GOOD, figures)
    assert decision.verdict is Verdict.ROLL_BACK
    assert any(reason in told for told in decision.reasons), decision.reasons


def test_all_that_is_bad_is_told():
    decision = decide(GOOD, canary(restarts=1, publish_p99_seconds=1.0))
    assert len(decision.reasons) == 2


@pytest.mark.parametrize(
    "figures",
    [
        pytest.param(canary(published=99), id="too few publishes"),
        pytest.param(canary(nodes=0, nodes_up=0), id="no node"),
        pytest.param(canary(publish_p99_seconds=math.nan), id="no latency"),
        pytest.param(canary(restarts=math.nan), id="no start time"),
        pytest.param(canary(failed_checks=math.nan), id="no health"),
        pytest.param(Figures(*[math.nan] * 8), id="nothing"),
    ],
)
def test_what_is_not_known_is_waited_for(figures):
    assert decide(GOOD, figures).verdict is Verdict.WAIT


def test_stable_nodes_that_nobody_uses_are_no_measure():
    assert decide(canary(published=3), canary()).verdict is Verdict.WAIT


def test_a_canary_is_not_blamed_for_what_the_stable_nodes_have_too():
    bad = canary(faults=500, publish_p99_seconds=0.5)
    assert decide(bad, bad).verdict is Verdict.PROMOTE


def test_a_bad_sign_is_not_outweighed_by_missing_ones():
    assert decide(GOOD, canary(restarts=2, published=0)).verdict is Verdict.ROLL_BACK


def test_limits_can_be_others():
    assert decide(GOOD, canary(published=50), Limits(publishes=50)).verdict is Verdict.PROMOTE
