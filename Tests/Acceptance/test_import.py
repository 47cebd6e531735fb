"""A log is imported, once and only once."""

import base64
import gzip
import json
import os
import re

import pytest

LINES = 20_000


def write_log(path, count):
    with open(path, "w") as log:
        log.write("### 2004-11-15\n")
        log.write("=== ada has joined #test\n")
        for number in range(count):
            log.write(f"[{number // 60 % 24:02}:{number % 60:02}] <user{number % 7}> line {number}\n")
        log.write("=== ada has quit\n")
    return str(path)


def figures(result):
    text = result.stdout + result.stderr
    found = re.search(r"imported (\d+), already there (\d+)", text)
    assert found, text
    return int(found[1]), int(found[2])


def bring_in(broker, log):
    return figures(broker.run("import", log, "group:irc", "--user", "importer"))


def stored(broker):
    """The bodies, after a look at the sequences."""
    lines = broker.run("history", "group:irc", "--user", "importer", "--all", "--json").stdout.splitlines()
    messages = [json.loads(line) for line in lines]
    assert [message["sequence"] for message in messages] == list(range(1, len(messages) + 1))
    return [message["body"] for message in messages]


def expected(count):
    return [f"<user{number % 7}> line {number}" for number in range(count)]


def test_a_log_that_is_imported_twice_is_there_once(broker, tmp_path):
    log = write_log(tmp_path / "test.log", 1000)
    assert bring_in(broker, log) == (1000, 0)
    assert stored(broker) == expected(1000)
    assert bring_in(broker, log) == (0, 1000)
    assert stored(broker) == expected(1000)


def test_an_import_that_was_killed_goes_on(broker, terminals, tmp_path):
    log = write_log(tmp_path / "test.log", LINES)
    killed = terminals("import", log, "group:irc", "--user", "importer")
    killed.expect(r"[1-9][0-9]* messages")
    killed.kill()
    assert "imported" not in killed.shown

    imported, already_there = bring_in(broker, log)
    assert already_there > 0
    assert imported + already_there == LINES
    assert stored(broker) == expected(LINES)


@pytest.mark.skipif("CHAT_IRC_LOG" not in os.environ, reason="set CHAT_IRC_LOG to the path of a real log")
def test_a_real_log_is_imported_whole_and_in_order(broker, tmp_path):
    path = os.environ["CHAT_IRC_LOG"]
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rb") as log:
        content = log.read()
    plain = tmp_path / "real.log"
    plain.write_bytes(content)
    messages = [line.split(b"] ", 1)[1] for line in content.split(b"\n") if re.match(rb"\[\d\d:\d\d\] <", line)]

    imported, already_there = bring_in(broker, str(plain))
    assert (imported, already_there) == (len(messages), 0)
    lines = broker.run("history", "group:irc", "--user", "importer", "--all", "--json").stdout.splitlines()
    bodies = [json.loads(line) for line in lines]
    assert [message["sequence"] for message in bodies] == list(range(1, len(messages) + 1))
    texts = [
        message["body"].encode() if "body" in message else base64.b64decode(message["body_base64"])
        for message in bodies
    ]
    assert texts == messages
