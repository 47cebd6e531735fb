"""The examples of Docs/clients/python.md do what they say."""

import os
import pathlib
import re
import secrets
import subprocess
import sys

import pytest
from broker import Broker

PAGE = pathlib.Path(__file__).parents[2] / "Docs/clients/python.md"
# A program, and what it prints.
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n\s*^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```(\w+)$", re.MULTILINE)
TIME_LIMIT = 30


@pytest.fixture
def secured(tmp_path):
    """A broker that wants tokens, whose secret is where the example looks for it."""
    secret = tmp_path / "secret"
    secret.write_text(secrets.token_hex(32) + "\n")
    (tmp_path / "secured").mkdir()
    broker = Broker(tmp_path / "secured", options=["--auth-secret-file", str(secret)]).start()
    yield broker
    broker.kill()


def test_the_examples_run_in_their_order(own_broker, secured, tmp_path):
    text = PAGE.read_text()
    examples = EXAMPLE.findall(text)
    # What stands under another name would not be run.
    assert FENCE.findall(text) == [*["python", "text"], *["sh"], *["python", "text"] * 3]
    assert len(examples) == 4
    # Where the examples look for the key.
    share = tmp_path / ".local/share"
    share.mkdir(parents=True)
    (share / "chat-broker").symlink_to(own_broker.data)
    for program, expected in examples:
        broker = secured if "import jwt" in program else own_broker
        for usual, port in {"7480": broker.http_port, "7400": broker.port, "7490": broker.admin_port}.items():
            program = re.sub(rf"\b{usual}\b", str(port), program)
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            cwd=tmp_path,
            env={**os.environ, "HOME": str(tmp_path), "no_proxy": "127.0.0.1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIME_LIMIT,
            text=True,
        )
        assert (done.returncode, done.stderr, done.stdout) == (0, "", expected), program
