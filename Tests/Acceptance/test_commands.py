"""Programs use the program."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from programs import PATIENCE, PROGRAM

ROOT = Path(__file__).resolve().parents[2]


def listener(broker, *arguments):
    return subprocess.Popen(
        [PROGRAM, "listen", "--json", *arguments], stdout=subprocess.PIPE, text=True, env=broker.environment)


def test_what_is_sent_is_listened_to_as_json(broker):
    broker.run("send", "group:lobby", "--user", "carol", "first")
    listening = listener(broker, "--user", "carol")
    try:
        broker.run("send", "group:lobby", "--user", "bob", input="second\nthird, with \"quotes\" and ünïcode\n")
        bodies = {}
        while len(bodies) < 2:
            line = listening.stdout.readline()
            assert line, "listen has ended"
            message = json.loads(line)
            if message["sender"] == "bob":
                assert message["conversation"] == "group:lobby"
                bodies[message["sequence"]] = message["body"]
        assert bodies == {2: "second", 3: "third, with \"quotes\" and ünïcode"}
    finally:
        listening.kill()
        listening.wait(timeout=PATIENCE)


def test_the_program_says_its_version(broker):
    assert re.match(r"chat-broker \d+\.\d+\.\d+, protocol chat\.v1", broker.run("version").stdout)


@pytest.mark.parametrize("command", [["serv"], ["send", "group:with space", "text"], ["serve", "--port", "70000"]])
def test_wrong_usage_ends_with_64(broker, command):
    result = broker.run(*command, check=False)
    assert result.returncode == 64
    assert result.stderr


def test_a_client_without_a_broker_ends_with_69(broker):
    broker.kill()
    result = broker.run("history", "group:lobby", "--user", "alice", check=False)
    assert result.returncode == 69, result.stderr
    assert str(broker.port) in result.stderr


def test_the_python_example_of_the_readme_works(broker, tmp_path):
    example = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL).group(1)
    (tmp_path / "example.py").write_text(example.replace("7400", str(broker.port)))
    protos = sorted(str(path) for path in (ROOT / "Protos/chat/v1").glob("*.proto"))
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT}/Protos", f"--python_out={tmp_path}", *protos],
        check=True)
    result = subprocess.run(
        [sys.executable, "example.py"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE,
        env=dict(os.environ, PYTHONPATH=str(tmp_path)))
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "1"
    assert "dora: hello from Python" in broker.run("history", "group:lobby", "--user", "dora").stdout
