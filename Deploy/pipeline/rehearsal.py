"""A roll-out on this machine: two brokers behind Envoy, live WebSocket sessions, Prometheus, and the decision.

The reference is stable, the candidate the canary. Sessions are moved by weights and at the end by a drain; then every
message that a node has acknowledged must be in that node's history. With embedded stores each node has its own, so a
user who is moved starts a new history there; see Docs/operations/pipeline.md.

EXAMPLES
  run.sh rehearsal --candidate .build-broker/release/chat-broker --reference ./stable/chat-broker
  run.sh rehearsal --candidate ./new --reference ./old --json --write verdict.json

EXIT CODES
  0 promoted  1 rolled back  64 wrong usage  69 something does not start  70 messages or sessions were lost
"""

import argparse
import collections
import contextlib
import dataclasses
import json
import pathlib
import sys
import tempfile

import canary
import promote
from canary_verdict import Limits, Verdict
from envoy_process import Envoy
from gate import Parser, executable
from node import Node
from prometheus_process import Prometheus
from traffic import Traffic

PROMOTED, ROLLED_BACK, UNAVAILABLE, LOST = 0, 1, 69, 70
WINDOW = 10
# At 5 % the canary gets some fifty publishes within the window, but in visits of ten, and which visits it gets is chance.
# So few, on a machine that does other things besides, say less than what an hour of real traffic does: hence the wider limits.
LIMITS = Limits(publishes=15, p99_factor=3, p99_slack_seconds=0.1)
# The second look has a window of its own.
PACE = canary.Pace(soak=WINDOW, retry=WINDOW, patience=120)
MOVE_LIMIT = 60
# Of what was lost, the first so many are printed; all are in the file.
SHOWN = 10
# Leaving takes no longer than it must here, and whoever is slow gets the time to.
SETTINGS = {"CHAT_DRAIN_SPREAD_MS": "1000", "CHAT_DRAIN_GRACE_MS": "20000"}


@dataclasses.dataclass
class Result:
    promoted: bool
    steps: list
    # Messages acknowledged, by node.
    acknowledged: dict
    # Acknowledged, and not in the history of the node that did.
    lost: list
    # More than once in the history of a node.
    duplicated: list
    # Sessions that ended without having been told to go, or did not begin.
    dropped: list

    @property
    def exit_code(self):
        """A canary that is rolled back may have dropped sessions: that can be why. Messages are never lost."""
        if self.lost or self.duplicated or (self.promoted and self.dropped):
            return LOST
        return PROMOTED if self.promoted else ROLLED_BACK


def rehearse(candidate, reference, directory, tell=lambda text: None):
    """Raises RuntimeError if something does not start, or the traffic itself fails."""
    directory = pathlib.Path(directory)
    stable = Node(reference, directory / "stable", name="stable", settings=SETTINGS)
    new = Node(candidate, directory / "canary", name="canary", settings=SETTINGS)
    with contextlib.ExitStack() as opened:
        for node in (stable, new):
            opened.callback(node.kill)
            node.start()
        targets = [(f"127.0.0.1:{node.admin_port}", {"track": node.name}) for node in (stable, new)]
        prometheus = Prometheus(directory, targets)
        opened.callback(prometheus.stop)
        prometheus.start()
        envoy = Envoy(directory, {node.name: node.http_port for node in (stable, new)})
        opened.callback(envoy.stop)
        envoy.start()
        with Traffic(envoy.port) as traffic:
            check = canary.checker(
                prometheus.url,
                canary='track="canary"',
                stable='track="stable"',
                window=f"{WINDOW}s",
                limits=LIMITS,
            )
            steps = canary.RollOut(envoy.set_weight, check, PACE, tell=tell).run()
            promoted = steps[-1].decision.verdict is Verdict.PROMOTE
            leaving, staying = (stable, new) if promoted else (new, stable)
            move(traffic.ledger, leaving, staying, tell)
        return examine(traffic.ledger, leaving, (stable, new), promoted, steps)


def move(ledger, leaving, staying, tell):
    """Drains one node, if it still runs; its sessions come to the other through the proxy."""
    if leaving.is_running():
        code = leaving.drain()
        if code != 0:
            raise RuntimeError(f"{leaving.name} ended with {code}:\n{leaving.log()}")
        tell(f"{leaving.name} has drained")
    else:
        tell(f"{leaving.name} has ended by itself")
    if not ledger.wait_until_all_are_at(staying.name, MOVE_LIMIT):
        raise RuntimeError(f"not all sessions came to {staying.name}: {ledger.homes}")


def examine(ledger, ended, nodes, promoted, steps):
    """What nodes have acknowledged against what they have. One that has ended is started on its data again."""
    if ledger.failures:
        raise RuntimeError("the traffic failed: " + "; ".join(ledger.failures))
    ended.start()
    lost, duplicated = [], []
    acknowledged = collections.Counter()
    for node in nodes:
        mine = {place: body for place, body in ledger.acknowledged.items() if place[0] == node.name}
        acknowledged[node.name] = len(mine)
        histories = {name: node.history(name) for name in {name for _, name, _ in mine}}
        for (_, conversation, sequence), body in mine.items():
            if histories[conversation].get(sequence) != body:
                lost.append(f"{node.name} {conversation} {sequence}: {body}")
        for name, history in histories.items():
            counts = collections.Counter(history.values())
            duplicated += [f"{node.name} {name}: {body}" for body, count in counts.items() if count > 1]
    return Result(promoted, steps, dict(acknowledged), lost, duplicated, list(ledger.dropped))


def told(result):
    return {
        "promoted": result.promoted,
        "steps": [
            {"weight": step.weight, "verdict": step.decision.verdict.value, "reasons": step.decision.reasons}
            for step in result.steps
        ],
        "acknowledged": result.acknowledged,
        "lost": result.lost,
        "duplicated": result.duplicated,
        "dropped": result.dropped,
    }


def main(words=None):
    parser = Parser(prog="rehearsal", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidate", required=True, type=executable, help="the broker that is the canary")
    parser.add_argument("--reference", required=True, type=executable, help="the broker that is in use")
    parser.add_argument("--json", action="store_true", help="print how it went as JSON")
    parser.add_argument("--write", metavar="FILE", help="write the same to a file")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="chat-canary-") as directory:
        try:
            result = rehearse(
                options.candidate,
                options.reference,
                directory,
                tell=lambda text: print(text, file=sys.stderr, flush=True),
            )
        except (RuntimeError, OSError) as error:
            print(f"rehearsal: {error}", file=sys.stderr)
            return UNAVAILABLE
    # Which broker it was, so that the verdict is not taken for that of another.
    text = json.dumps({"candidate": promote.digest(options.candidate), **told(result)}, indent=2)
    if options.write:
        pathlib.Path(options.write).write_text(text + "\n")
    if options.json:
        print(text)
    else:
        print("promoted" if result.promoted else "rolled back")
        print(f"acknowledged: {result.acknowledged}")
    for kind in ("lost", "duplicated", "dropped"):
        lines = getattr(result, kind)
        if lines or not options.json:
            print(f"{kind}: {len(lines)}", file=sys.stderr)
        for line in lines[:SHOWN]:
            print(f"  {line}", file=sys.stderr)
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main())
