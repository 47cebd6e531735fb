"""What a candidate may cost, compared with a reference in the same run."""

import dataclasses
import json
import math
import pathlib

THRESHOLDS = pathlib.Path(__file__).with_name("thresholds.json")


@dataclasses.dataclass(frozen=True)
class Threshold:
    """Allowed is the reference's figure times `factor`, plus `slack`, which is in the figure's unit."""

    factor: float
    slack: float

    def allowed(self, reference):
        return reference * self.factor + self.slack


@dataclasses.dataclass(frozen=True)
class Row:
    figure: str
    reference: float
    candidate: float
    allowed: float

    @property
    def holds(self):
        # Not `<=` alone: an infinite time is never good, whatever the reference says.
        return math.isfinite(self.candidate) and self.candidate <= self.allowed


def read_thresholds(path=THRESHOLDS):
    return {figure: Threshold(**values) for figure, values in json.loads(pathlib.Path(path).read_text()).items()}


def may_be_noise(rows):
    """Whether what does not hold is worth another look: errors are never noise, nor is twice what is allowed."""
    broken = [row for row in rows if not row.holds]
    return bool(broken) and all(
        row.figure != "error_share" and row.candidate <= 2 * row.allowed for row in broken
    )


def compare(reference, candidate, thresholds):
    """Rows for figures of rounds: each argument is a list of {figure: value}.

    Of each side the best round counts. What disturbs a round, such as other work on the machine, can only make it
    worse; what is slow by itself is slow in every round.
    """
    rows = []
    for figure, threshold in thresholds.items():
        ours = min(measured[figure] for measured in reference)
        theirs = min(measured[figure] for measured in candidate)
        rows.append(Row(figure, ours, theirs, threshold.allowed(ours)))
    return rows
