import json

import promote
import pytest

STEPS = [{"weight": 5, "verdict": "promote", "reasons": ["good"]}]


@pytest.fixture
def program(tmp_path):
    file = tmp_path / "chat-broker"
    file.write_bytes(b"a broker")
    return file


@pytest.fixture
def tool(tmp_path):
    """Stands for podman: writes down what it is told."""
    file = tmp_path / "tool"
    file.write_text('#!/bin/sh\necho "$@" >> "$(dirname "$0")/calls"\n')
    file.chmod(0o755)
    return file


def verdict(tmp_path, program, **changes):
    file = tmp_path / "verdict.json"
    told = {"candidate": promote.digest(program), "promoted": True, "steps": STEPS, "dropped": []}
    told |= {"lost": [], "duplicated": []}
    file.write_text(json.dumps({**told, **changes}))
    return file


def run(file, program, *more):
    return promote.main(["--verdict", str(file), "--broker", str(program), *more])


def test_a_good_one_gets_the_name(tmp_path, program, tool):
    code = run(verdict(tmp_path, program), program, "--image", "chat:test", "--tool", str(tool))
    assert code == 0
    assert (tmp_path / "calls").read_text() == "tag chat:test chat-broker:stable\n"


def test_a_good_one_is_pushed_where_there_is_a_registry(tmp_path, program, tool):
    more = ["--image", "chat:test", "--tool", str(tool), "--registry", "registry.example.org/chat/"]
    assert run(verdict(tmp_path, program), program, *more) == 0
    assert (tmp_path / "calls").read_text().splitlines()[1:] == [
        "tag chat:test registry.example.org/chat/chat-broker:stable",
        "push registry.example.org/chat/chat-broker:stable",
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"promoted": False}, promote.ROLLED_BACK, id="rolled back"),
        pytest.param({"lost": ["stable group:a 1"]}, promote.ROLLED_BACK, id="lost a message"),
        pytest.param({"duplicated": ["stable group:a 1"]}, promote.ROLLED_BACK, id="stored a message twice"),
        pytest.param({"dropped": ["resident-1"]}, promote.ROLLED_BACK, id="dropped a session"),
        pytest.param({"candidate": "0" * 64}, promote.REFUSED, id="the verdict of another broker"),
    ],
)
def test_others_get_nothing(tmp_path, program, tool, changes, code):
    file = verdict(tmp_path, program, **changes)
    assert run(file, program, "--image", "chat:test", "--tool", str(tool)) == code
    assert not (tmp_path / "calls").exists()


def test_without_a_verdict_nothing_is_promoted(tmp_path, program):
    assert run(tmp_path / "none.json", program) == promote.REFUSED


def test_what_the_tool_says_is_passed_on(tmp_path, program):
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\nexit 7\n")
    tool.chmod(0o755)
    assert run(verdict(tmp_path, program), program, "--image", "chat:test", "--tool", str(tool)) == 7
