"""Asks Prometheus whether a canary may go on: promote, wait or roll back, with reasons.

Compared are the nodes with the label track="canary" and those with track="stable": the share of publishes that were
refused by a fault of the broker, the 99th percentile from publish to disk, restarts and health. It needs nothing but
Python. See Docs/operations/pipeline.md.

EXAMPLES
  canary_check.py --prometheus http://localhost:9090
  canary_check.py --prometheus http://localhost:9090 --window 10m --json
  canary_check.py --prometheus http://localhost:9090 --canary 'instance="a:7490"' --stable 'instance="b:7490"'

EXIT CODES
  0 promote  1 roll back  64 wrong usage  69 Prometheus does not answer  75 wait, and ask again
"""

import argparse
import dataclasses
import json
import math
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

from canary_verdict import Figures, Limits, Verdict, decide

ANSWER_LIMIT = 30
EXIT_CODES = {Verdict.PROMOTE: 0, Verdict.ROLL_BACK: 1, Verdict.WAIT: 75}
USAGE, UNAVAILABLE = 64, 69

_DURABLE = "sum by (le) (rate(chat_publish_durable_seconds_bucket{{{s}}}[{w}]))"
# {s}: the selector, {w}: the window. Sums of nothing are no numbers in PromQL, hence `or vector(0)` where none is none.
QUERIES = {
    "nodes": "count(up{{{s}}}) or vector(0)",
    "nodes_up": "sum(up{{{s}}}) or vector(0)",
    "failed_checks": 'sum(1 - chat_healthy{{{s},check!="accepting"}})',
    "restarts": "sum(changes(chat_start_time_seconds{{{s}}}[{w}]))",
    "published": "sum(increase(chat_messages_published_total{{{s}}}[{w}])) or vector(0)",
    "faults": 'sum(increase(chat_publish_errors_total{{{s},code=~"unavailable|internal"}}[{w}])) or vector(0)',
    "publish_p99_seconds": f"histogram_quantile(0.99, {_DURABLE})",
    "publish_median_seconds": f"histogram_quantile(0.5, {_DURABLE})",
}


class PrometheusError(Exception):
    """Prometheus did not answer, or not with numbers."""


def query(prometheus, expression):
    """The one number that an expression has; NaN if it has none."""
    url = f"{prometheus.rstrip('/')}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_LIMIT) as answer:
            result = json.load(answer)["data"]["result"]
        return float(result[0]["value"][1]) if result else math.nan
    except urllib.error.HTTPError as error:
        told = error.read(1_000).decode(errors="replace")
        raise PrometheusError(f"{prometheus} answers {error.code} to {expression}: {told}") from None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise PrometheusError(f"{prometheus} does not answer: {error}. Is it the address of Prometheus?") from None


def figures(prometheus, selector, window):
    return Figures(
        **{name: query(prometheus, text.format(s=selector, w=window)) for name, text in QUERIES.items()}
    )


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def window(text):
    if not re.fullmatch(r"[1-9][0-9]*[smhd]", text):
        raise argparse.ArgumentTypeError(f"{text} is no time: it is a number and s, m, h or d, such as 5m")
    return text


def arguments(words):
    parser = Parser(
        prog="canary_check.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prometheus", required=True, metavar="URL", help="such as http://localhost:9090")
    parser.add_argument("--canary", default='track="canary"', metavar="SELECTOR", help="labels of the new nodes")
    parser.add_argument("--stable", default='track="stable"', metavar="SELECTOR", help="labels of the others")
    parser.add_argument("--window", type=window, default="5m", help="how far back to look")
    parser.add_argument(
        "--publishes", type=float, default=Limits.publishes, help="wait for so many on each side within the window"
    )
    parser.add_argument(
        "--p99-factor", type=float, default=Limits.p99_factor, help="allowed is the stable nodes' time, so many times"
    )
    parser.add_argument(
        "--p99-slack-ms",
        type=float,
        default=Limits.p99_slack_seconds * 1_000,
        help="and so many milliseconds above that",
    )
    parser.add_argument("--json", action="store_true", help="print the decision and all figures as JSON")
    return parser.parse_args(words)


def main(words=None):
    options = arguments(words)
    try:
        stable = figures(options.prometheus, options.stable, options.window)
        canary = figures(options.prometheus, options.canary, options.window)
    except PrometheusError as error:
        print(f"canary_check.py: {error}", file=sys.stderr)
        return UNAVAILABLE
    limits = Limits(
        publishes=options.publishes, p99_factor=options.p99_factor, p99_slack_seconds=options.p99_slack_ms / 1_000
    )
    decision = decide(stable, canary, limits)
    if options.json:
        told = {
            "verdict": decision.verdict.value,
            "reasons": decision.reasons,
            "canary": finite(dataclasses.asdict(canary)),
            "stable": finite(dataclasses.asdict(stable)),
        }
        print(json.dumps(told, indent=2))
    else:
        print(f"{decision.verdict.value}: {'; '.join(decision.reasons)}")
    return EXIT_CODES[decision.verdict]


def finite(values):
    """JSON has neither NaN nor infinity."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }


if __name__ == "__main__":
    sys.exit(main())
