"""canary_check.py against a real Prometheus that has been told of the last minutes."""

import contextlib
import json
import pathlib
import socket
import subprocess
import sys
import time

import canary_check
import pytest
from prometheus_process import Prometheus

PROGRAM = pathlib.Path(canary_check.__file__)
STEP = 5
# Twice the window, so that the seconds until the question change little.
SPAN = 600
# What a track is like, if nothing else is said: per second, but for the first four.
GOOD = {"up": 1, "healthy": 1, "starts": 1, "p99_bucket": "0.0128", "published": 20, "faults": 0}
CANARIES = {
    "good": {},
    "slow": {"p99_bucket": "0.4096"},
    "failing": {"faults": 1},
    "restarted": {"starts": 2},
    "down": {"up": 0},
    "sick": {"healthy": 0},
    "quiet": {"published": 0.1},
}
EXPECTED = {"good": ("promote", 0), "quiet": ("wait", 75)}


def past(now):
    """Samples of all cases, in OpenMetrics."""
    families = {
        name: []
        for name in (
            "up",
            "chat_healthy",
            "chat_start_time_seconds",
            "chat_messages_published",
            "chat_publish_errors",
            "chat_publish_durable_seconds",
        )
    }
    kinds = {"chat_messages_published": "counter", "chat_publish_errors": "counter"}
    kinds["chat_publish_durable_seconds"] = "histogram"
    for case, changes in CANARIES.items():
        for track, figures in (("stable", GOOD), ("canary", {**GOOD, **changes})):
            labels = f'case="{case}",track="{track}"'
            for at in range(int(now) - SPAN, int(now) + 1, STEP):
                for family, lines in sample(figures, labels, at, at - (int(now) - SPAN)).items():
                    families[family] += [f"{line} {at}" for line in lines]
    text = []
    for family, lines in families.items():
        text.append(f"# TYPE {family} {kinds.get(family, 'gauge')}")
        # Series by series, as the format wants it.
        text += sorted(lines, key=lambda line: (line.rsplit("} ", 1)[0], int(line.rsplit(" ", 1)[1])))
    return "\n".join([*text, "# EOF", ""])


def sample(figures, labels, at, elapsed):
    published = figures["published"] * elapsed
    slow = 0 if figures["p99_bucket"] == "0.0128" else published * 0.1
    start = 1_000 if figures["starts"] == 1 or elapsed < SPAN - 20 else 2_000
    quick = published - slow
    buckets = {"0.0064": 0, "0.0128": quick, "0.2048": quick, "0.4096": published, "+Inf": published}
    return {
        "up": [f"up{{{labels}}} {figures['up']}"],
        "chat_healthy": [f'chat_healthy{{{labels},check="store"}} {figures["healthy"]}']
        + [f'chat_healthy{{{labels},check="accepting"}} 0'],
        "chat_start_time_seconds": [f"chat_start_time_seconds{{{labels}}} {start}"],
        "chat_messages_published": [f"chat_messages_published_total{{{labels}}} {published}"],
        "chat_publish_errors": [
            f'chat_publish_errors_total{{{labels},code="unavailable"}} {figures["faults"] * elapsed}',
            f'chat_publish_errors_total{{{labels},code="not_member"}} {elapsed}',
        ],
        "chat_publish_durable_seconds": [
            f'chat_publish_durable_seconds_bucket{{{labels},le="{end}"}} {count}' for end, count in buckets.items()
        ]
        + [f"chat_publish_durable_seconds_count{{{labels}}} {published}"]
        + [f"chat_publish_durable_seconds_sum{{{labels}}} {published * 0.01}"],
    }


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory):
    prometheus = Prometheus(tmp_path_factory.mktemp("prometheus"), [])
    prometheus.backfill(past(time.time()))
    with contextlib.ExitStack() as opened:
        opened.callback(prometheus.stop)
        yield prometheus.start()


def ask(url, case, *more):
    """As people call it: with nothing but Python."""
    selectors = [f'case="{case}",track="{track}"' for track in ("canary", "stable")]
    return subprocess.run(
        [sys.executable, str(PROGRAM), "--prometheus", url, "--canary", selectors[0], "--stable", selectors[1]]
        + ["--window", "5m", *more],
        capture_output=True,
        text=True,
        timeout=60,
        env={},
    )


@pytest.mark.parametrize("case", CANARIES)
def test_what_prometheus_knows_decides(prometheus, case):
    verdict, code = EXPECTED.get(case, ("roll back", 1))
    done = ask(prometheus.url, case)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout.startswith(f"{verdict}: "), done.stdout


def test_a_script_gets_all_figures(prometheus):
    told = json.loads(ask(prometheus.url, "slow", "--json").stdout)
    assert told["verdict"] == "roll back"
    assert 0.2 < told["canary"]["publish_p99_seconds"] <= 0.4096
    assert told["stable"]["publish_p99_seconds"] <= 0.0128
    assert told["canary"]["published"] == pytest.approx(20 * 300, rel=0.2)


def test_nobody_is_promoted_of_whom_prometheus_knows_nothing(prometheus):
    done = ask(prometheus.url, "nobody", "--json")
    assert done.returncode == 75
    told = json.loads(done.stdout)
    assert "no node of the track canary" in told["reasons"][0]
    assert told["canary"]["publish_p99_seconds"] is None


def test_without_prometheus_there_is_no_verdict():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    done = ask(f"http://127.0.0.1:{port}", "good")
    assert done.returncode == 69
    assert not done.stdout
    assert "does not answer" in done.stderr


def test_a_wrong_selector_is_told(prometheus):
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "--prometheus", prometheus.url, "--canary", "track=canary"],
        capture_output=True,
        text=True,
        timeout=60,
        env={},
    )
    assert done.returncode == 69
    assert "400" in done.stderr


@pytest.mark.parametrize("words", [[], ["--prometheus", "x", "--window", "soon"], ["--promoteus", "x"]])
def test_wrong_usage_is_told(words):
    done = subprocess.run([sys.executable, str(PROGRAM), *words], capture_output=True, text=True, timeout=60, env={})
    assert done.returncode == 64
    assert "usage:" in done.stderr
