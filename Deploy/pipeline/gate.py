"""Refuses a broker that is slower, dearer or less reliable than the one before.

Both run at the same time on this machine and get the same load in turns, so that what disturbs the machine disturbs
both. See Docs/operations/pipeline.md.

EXAMPLES
  run.sh gate --candidate .build-broker/release/chat-broker --reference ./stable/chat-broker
  run.sh gate --candidate ./new --reference ./old --rounds 5 --seconds 10 --json

EXIT CODES
  0 the candidate is good  1 refused: a figure is above what is allowed  64 wrong usage
  69 a broker does not start, or does not take the load
"""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import math
import pathlib
import sys
import tempfile

from canary_check import Parser, finite
from gate_verdict import THRESHOLDS, compare, may_be_noise, read_thresholds
from load import Load, Refused, Shape
from node import Node

REFUSED, UNAVAILABLE = 1, 69


def arguments(words):
    parser = Parser(prog="gate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidate", required=True, type=executable, help="the broker to judge")
    parser.add_argument("--reference", required=True, type=executable, help="the broker that is in use")
    parser.add_argument("--rounds", type=positive, default=3, help="turns of each; twice as many if it is close")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each turn")
    parser.add_argument("--rate", type=positive, default=200, help="messages per second")
    parser.add_argument("--thresholds", default=THRESHOLDS, help="a file like Deploy/pipeline/thresholds.json")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args(words)


def executable(text):
    path = pathlib.Path(text).resolve()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no file at {text}: build it with make broker")
    return path


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not allowed: it is 1 or more")
    return number


def measure(node, shape, turn):
    """The figures of one turn."""
    cpu = []
    load = Load(node.port, shape, f"group:gate-{turn}")
    outcome = asyncio.run(load.run(*[lambda: cpu.append(node.cpu_seconds())] * 2))
    measured = shape.messages_per_second * shape.seconds
    return {
        "publish_p99_ms": outcome.publish_p99_ms,
        "delivery_p99_ms": outcome.delivery_p99_ms,
        "cpu_per_message_us": (cpu[1] - cpu[0]) / measured * 1e6,
        "error_share": outcome.error_share,
    }


def attempt(node, shape, turn):
    """As `measure`; to refuse the load as a whole is to refuse all of its messages."""
    try:
        return measure(node, shape, turn)
    except Refused as error:
        print(f"gate: {error}", file=sys.stderr)
        times = ("publish_p99_ms", "delivery_p99_ms", "cpu_per_message_us")
        return {**dict.fromkeys(times, math.inf), "error_share": 1.0}


def judge(candidate, reference, options):
    """Rows of the comparison. If it looks bad and may be noise, as many rounds again have the last word."""
    shape = Shape(messages_per_second=options.rate, seconds=options.seconds)
    thresholds = read_thresholds(options.thresholds)
    figures = {candidate: [], reference: []}
    rows = []
    for _ in range(2):
        for _ in range(options.rounds):
            turn = len(figures[candidate])
            # Who goes first changes, so that neither always has the warmer machine.
            for node in [reference, candidate][:: 1 if turn % 2 == 0 else -1]:
                figures[node].append(attempt(node, shape, turn) if node is candidate else measure(node, shape, turn))
        rows = compare(figures[reference], figures[candidate], thresholds)
        if not may_be_noise(rows):
            break
    return rows


def main(words=None):
    options = arguments(words)
    with tempfile.TemporaryDirectory(prefix="chat-gate-") as directory, contextlib.ExitStack() as opened:
        candidate = Node(options.candidate, pathlib.Path(directory) / "candidate")
        reference = Node(options.reference, pathlib.Path(directory) / "reference")
        try:
            for node in (candidate, reference):
                opened.callback(node.kill)
                node.start()
            rows = judge(candidate, reference, options)
        except (RuntimeError, OSError) as error:
            print(f"gate: {error}", file=sys.stderr)
            return UNAVAILABLE
    report(rows, options.json)
    return 0 if all(row.holds for row in rows) else REFUSED


def report(rows, as_json):
    good = all(row.holds for row in rows)
    if as_json:
        figures = [{**finite(dataclasses.asdict(row)), "holds": row.holds} for row in rows]
        print(json.dumps({"verdict": "good" if good else "refused", "figures": figures}, indent=2))
    else:
        print(f"{'':20} {'reference':>12} {'candidate':>12} {'allowed':>12}")
        for row in rows:
            end = "" if row.holds else "  too much"
            print(f"{row.figure:20} {row.reference:12.4g} {row.candidate:12.4g} {row.allowed:12.4g}{end}")
    for row in rows:
        if not row.holds:
            print(
                f"refused: {row.figure} is {row.candidate:.4g}, allowed is {row.allowed:.4g} "
                f"(the reference has {row.reference:.4g})",
                file=sys.stderr,
            )


if __name__ == "__main__":
    sys.exit(main())
