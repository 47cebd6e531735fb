"""The curl lines of README.md and Docs/http-api.md do what is written beside them."""

import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Where the documents find a broker that was started without options: the only text of theirs that is replaced.
# The key they find in ~, so HOME is where it is.
USUAL_API = "http://127.0.0.1:7490"
USUAL_DATA = ".local/share/chat-broker"


def examples(document):
    """Commands, each with the JSON that stands next in the document before the next command.

    A block that only sets variables goes in front of all that follow it.
    """
    found, settings = [], ""
    for kind, text in BLOCK.findall((ROOT / document).read_text()):
        if kind == "sh" and "curl" in text:
            found.append([settings + text, None])
        elif kind == "sh" and "API=" in text:
            settings = text
        elif kind == "json" and found and found[-1][1] is None:
            found[-1][1] = text
    return found


def run(command, broker, home):
    data = home / USUAL_DATA
    if not data.exists():
        data.parent.mkdir(parents=True)
        data.symlink_to(broker.data)
    environment = {name: value for name, value in os.environ.items() if name not in ("API", "KEY")}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command.replace(USUAL_API, broker.api)],
        env={**environment, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=20,
    )


def shape(value):
    """What of a value is the same each time."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}
    if isinstance(value, list):
        return [shape(element) for element in value]
    return "digits" if isinstance(value, str) and value.isdigit() else value


def test_the_examples_of_the_api_work(broker, tmp_path):
    commands = examples("Docs/http-api.md")
    assert len(commands) > 8
    for command, expected in commands:
        done = run(command, broker, tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        # The last command's block is followed by the form of errors, which is no answer to it.
        if expected and '"title"' not in expected:
            assert shape(json.loads(done.stdout)) == shape(json.loads(expected)), command


def test_the_examples_of_the_readme_work(broker, tmp_path):
    commands = examples("README.md")
    assert commands
    for command, _ in commands:
        assert USUAL_API in command
        done = run(command, broker, tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert [receipt["sequence"] for receipt in json.loads(done.stdout)["receipts"]] == ["1"]
