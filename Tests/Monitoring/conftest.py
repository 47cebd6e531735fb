import contextlib
import math
import os
import time

import pytest
import repository
from chatter import Chatter
from guarded_broker import GuardedBroker
from node import Node
from prometheus_process import Prometheus

DAY = 86_400


class Monitored:
    """A Prometheus that reads two brokers: one under load, and one that refuses strangers."""

    def __init__(self, prometheus, broker, guarded, load, refusal):
        self.prometheus = prometheus
        self.load = load
        # What the guarded broker has told the stranger, for whoever looks for what is missing.
        self.refusal = refusal
        self._brokers = (broker, guarded)

    def exposed(self):
        """The lines that the brokers show to Prometheus now."""
        return [line for broker in self._brokers for line in broker.metrics().splitlines()]

    def without_data(self, expressions, limit):
        """Which of the expressions have no number when the time is up."""
        missing = list(expressions)
        deadline = time.monotonic() + limit
        while True:
            self.load.check()
            missing = [expression for expression in missing if not self.prometheus.query(expression)]
            if not missing or time.monotonic() > deadline:
                return missing
            time.sleep(0.5)


def week_before(now):
    """What an hour of each of the last seven days has had, as the rule would have recorded it."""
    name = "job:chat_messages_published:rate1h"
    lines = [f"# TYPE {name} gauge"]
    for day in range(7, 0, -1):
        for minute in range(-10, 31):
            at = math.floor(now) - day * DAY + minute * 60
            lines.append(f'{name}{{job="{repository.JOB}"}} {1 + day / 10} {at}')
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="session")
def monitored(tmp_path_factory):
    directory = tmp_path_factory.mktemp("monitored")
    executable = os.environ["CHAT_BROKER"]
    broker = Node(executable, directory / "observed")
    guarded = GuardedBroker(executable, directory / "guarded")
    with contextlib.ExitStack() as opened:
        for node in (broker, guarded):
            opened.callback(node.kill)
            node.start()
        targets = [(f"127.0.0.1:{node.admin_port}", {"track": "stable"}) for node in (broker, guarded)]
        prometheus = Prometheus(directory, targets, rules=repository.RULES)
        prometheus.backfill(week_before(time.time()))
        opened.callback(prometheus.stop)
        prometheus.start()
        refusal = guarded.refuse_somebody()
        with Chatter(broker) as load:
            yield Monitored(prometheus, broker, guarded, load, refusal)
            load.check()
