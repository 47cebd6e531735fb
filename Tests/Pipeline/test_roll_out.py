"""The order of things in a roll-out, without anything real."""

import signal
import subprocess
import sys
import time

import canary
import pytest
from canary import Pace, RollOut
from canary_verdict import Decision, Verdict

PROMOTE = Decision(Verdict.PROMOTE, ["good"])
WAIT = Decision(Verdict.WAIT, ["few publishes"])
ROLL_BACK = Decision(Verdict.ROLL_BACK, ["slow"])


class Run:
    """A roll-out with answers that are known before, and a clock that jumps."""

    def __init__(self, answers, *, fails_at=None):
        self.weights = []
        self.slept = []
        self._answers = iter(answers)
        self._fails_at = fails_at
        self._time = 0

    def start(self):
        pace = Pace(soak=300, retry=10, patience=25)
        return RollOut(self._set, lambda: next(self._answers), pace, sleep=self._sleep, now=lambda: self._time).run()

    def _set(self, weight):
        self.weights.append(weight)
        if weight == self._fails_at:
            raise OSError("no such file")

    def _sleep(self, seconds):
        self.slept.append(seconds)
        self._time += seconds


def test_a_good_canary_gets_all():
    run = Run([PROMOTE] * 3)
    steps = run.start()
    assert run.weights == [5, 50, 100]
    assert run.slept == [300, 300, 300]
    assert [step.decision for step in steps] == [PROMOTE] * 3


@pytest.mark.parametrize("good", [0, 1, 2])
def test_a_bad_one_gets_nothing_more(good):
    run = Run([PROMOTE] * good + [ROLL_BACK] * 2)
    steps = run.start()
    assert run.weights == [5, 50, 100][: good + 1] + [0]
    assert steps[-1].decision == ROLL_BACK


def test_what_looks_bad_once_is_looked_at_again():
    run = Run([ROLL_BACK, PROMOTE, PROMOTE, ROLL_BACK, WAIT, ROLL_BACK, ROLL_BACK])
    run.start()
    assert run.weights == [5, 50, 100, 0]


def test_what_is_not_known_is_asked_again():
    run = Run([WAIT, WAIT, PROMOTE, PROMOTE, PROMOTE])
    run.start()
    assert run.weights == [5, 50, 100]
    assert run.slept == [300, 10, 10, 300, 300]


def test_what_stays_unknown_is_no_reason_to_promote():
    run = Run([WAIT] * 4)
    steps = run.start()
    assert run.weights == [5, 0]
    assert steps[-1].decision.verdict is Verdict.ROLL_BACK
    assert "few publishes" in steps[-1].decision.reasons[0]


def test_a_weight_that_cannot_be_set_ends_it_without_a_canary():
    run = Run([PROMOTE] * 3, fails_at=50)
    with pytest.raises(OSError):
        run.start()
    assert run.weights == [5, 50, 0]


def test_a_check_that_breaks_ends_it_without_a_canary():
    run = Run([])
    with pytest.raises(StopIteration):
        run.start()
    assert run.weights == [5, 0]


def test_a_driver_that_is_broken_off_leaves_no_weight(tmp_path):
    """As when a pipeline is cancelled, while Prometheus does not answer."""
    file = tmp_path / "weights"
    command = tmp_path / "weight"
    command.write_text(f'#!/bin/sh\necho "$1" >> {file}\n')
    command.chmod(0o755)
    words = ["--prometheus", "http://127.0.0.1:1", "--set-weight", str(command), "--soak", "3600"]
    driver = subprocess.Popen([sys.executable, canary.__file__, *words], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not (file.exists() and file.read_text()) and time.monotonic() < deadline:
            time.sleep(0.01)
        driver.terminate()
        assert driver.wait(30) == 128 + signal.SIGTERM
    finally:
        driver.kill()
    assert file.read_text().split() == ["5", "0"]


def test_wrong_steps_are_wrong_usage():
    words = ["--prometheus", "http://127.0.0.1:1", "--set-weight", "true", "--steps", "50", "5"]
    done = subprocess.run([sys.executable, canary.__file__, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 64
    assert "larger than the one before" in done.stderr
