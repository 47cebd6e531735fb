"""The examples of Docs/clients/python.md do what they say."""

import os
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).parents[2] / "Docs/clients/python.md"
# A program, and what it prints.
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n\s*^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TIME_LIMIT = 30


def test_the_examples_run_in_their_order(own_broker, tmp_path):
    text = PAGE.read_text()
    examples = EXAMPLE.findall(text)
    assert len(examples) == text.count("```python") == 3
    # Where the examples look for the key.
    share = tmp_path / ".local/share"
    share.mkdir(parents=True)
    (share / "chat-broker").symlink_to(own_broker.data)
    ports = {"7480": own_broker.http_port, "7400": own_broker.port, "7490": own_broker.admin_port}
    for program, expected in examples:
        for usual, port in ports.items():
            program = re.sub(rf"\b{usual}\b", str(port), program)
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            env={**os.environ, "HOME": str(tmp_path), "no_proxy": "127.0.0.1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIME_LIMIT,
            text=True,
        )
        assert (done.returncode, done.stderr, done.stdout) == (0, "", expected), program
