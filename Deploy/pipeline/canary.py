"""Gives a canary more and more of the new connections, as long as it is good; else none.

After each step it asks canary_check.py. The command that sets the weight gets the canary's percentage as its last
argument; so it is the same for Envoy (envoy_weight.py), Istio (istio_weight.py) and anything else.

EXAMPLES
  canary.py --prometheus http://localhost:9090 --set-weight 'python3 Deploy/pipeline/istio_weight.py'
  canary.py --prometheus http://localhost:9090 --set-weight './weight' --steps 1 10 50 100 --soak 600 \\
    --after-roll-back 'kubectl scale statefulset/chat-broker-canary --replicas=0'

EXIT CODES
  0 promoted: the canary has all new connections  1 rolled back: it has none  64 wrong usage
  70 the weight could not be set: look at once where connections go
"""

import argparse
import dataclasses
import json
import shlex
import signal
import subprocess
import sys
import time

import canary_check
from canary_verdict import Decision, Limits, Verdict, decide

PROMOTED, ROLLED_BACK, USAGE, INTERNAL = 0, 1, 64, 70
STEPS = (5, 50, 100)


@dataclasses.dataclass(frozen=True)
class Pace:
    """Seconds."""

    # From a new weight to the first question: at least the window that the check looks back.
    soak: float = 300
    # Between two questions while the answer is to wait, and before a bad answer is asked for a second time.
    retry: float = 15
    # How long to wait for an answer at one step before that is an answer, too.
    patience: float = 1_800


@dataclasses.dataclass(frozen=True)
class Step:
    weight: int
    decision: Decision


class RollOut:
    """`set_weight(percent)` and `check()` do the work; `sleep` and `now` are the clock."""

    def __init__(self, set_weight, check, pace, *, sleep=time.sleep, now=time.monotonic, tell=lambda text: None):
        self._set_weight = set_weight
        self._check = check
        self._pace = pace
        self._sleep = sleep
        self._now = now
        self._tell = tell

    def run(self, steps=STEPS):
        """The steps that were taken. The last one's verdict says how it ended."""
        taken = []
        try:
            for weight in steps:
                self._set_weight(weight)
                self._tell(f"{weight} % of the new connections go to the canary")
                decision = self._judge()
                taken.append(Step(weight, decision))
                self._tell(f"{decision.verdict.value}: {'; '.join(decision.reasons)}")
                if decision.verdict is not Verdict.PROMOTE:
                    break
        except BaseException:
            # Whatever has happened, a canary that nobody watches gets no connections.
            self._set_weight(0)
            raise
        if taken[-1].decision.verdict is not Verdict.PROMOTE:
            self._set_weight(0)
            self._tell("0 % of the new connections go to the canary")
        return taken

    def _judge(self):
        self._sleep(self._pace.soak)
        deadline = self._now() + self._pace.patience
        before = None
        while True:
            decision = self._check()
            # Bad twice in a row is bad; once may be the machine.
            if decision.verdict is Verdict.PROMOTE or (decision.verdict is before is Verdict.ROLL_BACK):
                return decision
            before = decision.verdict
            if self._now() >= deadline:
                reasons = [f"not known after {self._pace.patience:.0f} s: {reason}" for reason in decision.reasons]
                return Decision(Verdict.ROLL_BACK, reasons)
            self._sleep(self._pace.retry)


def checker(prometheus, *, canary, stable, window, limits=Limits()):
    """A check that asks Prometheus. While that does not answer nothing is known."""

    def check():
        try:
            return decide(
                canary_check.figures(prometheus, stable, window),
                canary_check.figures(prometheus, canary, window),
                limits,
            )
        except canary_check.PrometheusError as error:
            return Decision(Verdict.WAIT, [str(error)])

    return check


def arguments(words):
    parser = canary_check.Parser(
        prog="canary.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prometheus", required=True, metavar="URL", help="such as http://localhost:9090")
    parser.add_argument("--set-weight", required=True, metavar="COMMAND", help="gets the percentage as last argument")
    parser.add_argument("--canary", default='track="canary"', metavar="SELECTOR", help="labels of the new nodes")
    parser.add_argument("--stable", default='track="stable"', metavar="SELECTOR", help="labels of the others")
    parser.add_argument("--window", type=canary_check.window, default="5m", help="how far back the check looks")
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS, metavar="PERCENT")
    parser.add_argument("--soak", type=float, default=Pace.soak, help="seconds from a new weight to the check")
    parser.add_argument("--patience", type=float, default=Pace.patience, help="seconds to wait for an answer")
    parser.add_argument("--after-promote", metavar="COMMAND", help="run once it has all new connections")
    parser.add_argument("--after-roll-back", metavar="COMMAND", help="run once it has none")
    parser.add_argument("--json", action="store_true", help="print the steps as JSON at the end")
    options = parser.parse_args(words)
    if any(not 0 < step <= 100 for step in options.steps) or sorted(set(options.steps)) != list(options.steps):
        parser.error("--steps are percentages above 0, up to 100, each larger than the one before")
    return options


def main(words=None):
    options = arguments(words)
    # As Ctrl-C, so that a roll-out that a pipeline breaks off ends with the weight 0.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    roll_out = RollOut(
        lambda weight: subprocess.run([*shlex.split(options.set_weight), str(weight)], check=True),
        checker(options.prometheus, canary=options.canary, stable=options.stable, window=options.window),
        Pace(soak=options.soak, patience=options.patience),
        tell=lambda text: print(text, file=sys.stderr, flush=True),
    )
    try:
        steps = roll_out.run(options.steps)
        promoted = steps[-1].decision.verdict is Verdict.PROMOTE
        command = options.after_promote if promoted else options.after_roll_back
        if command:
            subprocess.run(shlex.split(command), check=True)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"canary.py: {error}", file=sys.stderr)
        return INTERNAL
    if options.json:
        told = [
            {"weight": step.weight, "verdict": step.decision.verdict.value, "reasons": step.decision.reasons}
            for step in steps
        ]
        print(json.dumps({"promoted": promoted, "steps": told}, indent=2))
    return PROMOTED if promoted else ROLLED_BACK


if __name__ == "__main__":
    sys.exit(main())
