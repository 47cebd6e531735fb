"""Whether a canary may go on, from what a few figures say of it and of the stable nodes."""

import dataclasses
import enum
import math


class Verdict(enum.Enum):
    PROMOTE = "promote"
    WAIT = "wait"
    ROLL_BACK = "roll back"


@dataclasses.dataclass(frozen=True)
class Figures:
    """Of all nodes of a track, over the window. NaN where Prometheus knows nothing."""

    # Nodes that Prometheus reads, and those that answer.
    nodes: float
    nodes_up: float
    # Checks that fail now, but for that of a node that drains.
    failed_checks: float
    restarts: float
    # Publishes that were accepted, and those that were refused by a fault of the broker.
    published: float
    faults: float
    publish_p99_seconds: float
    publish_median_seconds: float

    @property
    def publishes(self):
        return _known(self.published) + _known(self.faults)

    @property
    def error_ratio(self):
        return _known(self.faults) / self.publishes if self.publishes else 0.0


@dataclasses.dataclass(frozen=True)
class Limits:
    # Fewer publishes than this say nothing about the 99th percentile.
    publishes: float = 100
    # A slow node gets few publishes, because those who wait send no more. So many are enough for the median.
    publishes_for_median: float = 10
    # Fewer faults than this may be chance.
    faults: float = 3
    # Above the stable nodes' share of faults.
    error_ratio_slack: float = 0.005
    # Allowed is the stable nodes' time, times the factor, plus the slack. The buckets of the histogram double, so two
    # equal brokers may be a factor of two apart.
    p99_factor: float = 2.0
    p99_slack_seconds: float = 0.05


@dataclasses.dataclass(frozen=True)
class Decision:
    verdict: Verdict
    reasons: list


def decide(stable, canary, limits=Limits()):
    """What is certainly bad ends it at once; what is not known yet is waited for; the rest is good."""
    bad = _faults_of_process(canary) + _bad_errors(stable, canary, limits) + _slowness(stable, canary, limits)
    if bad:
        return Decision(Verdict.ROLL_BACK, bad)
    unknown = _unknown(stable, canary, limits)
    if unknown:
        return Decision(Verdict.WAIT, unknown)
    return Decision(
        Verdict.PROMOTE,
        [
            f"{canary.publishes:.0f} publishes, {canary.error_ratio:.2%} refused by our fault "
            f"(stable: {stable.error_ratio:.2%}), 99 % durable within {_ms(canary.publish_p99_seconds)} "
            f"(stable: {_ms(stable.publish_p99_seconds)}), no restart"
        ],
    )


def _faults_of_process(canary):
    reasons = []
    if _known(canary.nodes) > _known(canary.nodes_up):
        reasons.append(f"{canary.nodes - _known(canary.nodes_up):.0f} of {canary.nodes:.0f} nodes do not answer")
    if _known(canary.restarts) > 0:
        reasons.append(f"it was restarted {math.ceil(canary.restarts)} times")
    if _known(canary.failed_checks) > 0:
        reasons.append(f"{canary.failed_checks:.0f} checks of health fail")
    return reasons


def _bad_errors(stable, canary, limits):
    allowed = stable.error_ratio + limits.error_ratio_slack
    if _known(canary.faults) >= limits.faults and canary.error_ratio > allowed:
        return [f"{canary.error_ratio:.2%} of the publishes are refused by our fault, allowed is {allowed:.2%}"]
    return []


def _slowness(stable, canary, limits):
    if stable.publishes < limits.publishes:
        return []
    allowed = stable.publish_p99_seconds * limits.p99_factor + limits.p99_slack_seconds
    # With NaN on either side a comparison is false, and what is unknown is waited for.
    if canary.publishes >= limits.publishes_for_median and canary.publish_median_seconds > allowed:
        return [f"half of the publishes take {_ms(canary.publish_median_seconds)} or longer, allowed is {_ms(allowed)}"]
    if canary.publishes >= limits.publishes and canary.publish_p99_seconds > allowed:
        return [f"99 % of publishes are durable within {_ms(canary.publish_p99_seconds)}, allowed is {_ms(allowed)}"]
    return []


def _unknown(stable, canary, limits):
    reasons = []
    for name, figures in (("canary", canary), ("stable", stable)):
        if not _known(figures.nodes):
            reasons.append(f"Prometheus reads no node of the track {name} yet")
        elif figures.publishes < limits.publishes:
            reasons.append(f"{figures.publishes:.0f} publishes on {name}, {limits.publishes:.0f} are needed")
        elif math.isnan(figures.publish_p99_seconds):
            reasons.append(f"no publish latency of {name}: has it chat_publish_durable_seconds?")
        elif math.isnan(figures.failed_checks) or math.isnan(figures.restarts):
            reasons.append(f"no health of {name}")
    return reasons


def _known(value):
    return 0.0 if math.isnan(value) else value


def _ms(seconds):
    return f"{seconds * 1_000:.0f} ms"
