import json

import promote
import pytest

TOOL = """#!/bin/sh
cd "$(dirname "$0")"
echo "$@" >> calls
case $1 in
  create) echo made ;;
  cp) [ "$2" = made:/usr/bin/chat-broker ] && cp inside "$3" ;;
esac
"""
STEPS = [{"weight": 5, "verdict": "promote", "reasons": ["good"]}]


@pytest.fixture
def program(tmp_path):
    file = tmp_path / "chat-broker"
    file.write_bytes(b"a broker")
    return file


@pytest.fixture
def tool(tmp_path):
    """Stands for podman: writes down what it is told. In its image is the file `inside`."""
    file = tmp_path / "tool"
    file.write_text(TOOL)
    file.chmod(0o755)
    (tmp_path / "inside").write_bytes(b"a broker")
    return file


def calls(tmp_path):
    return (tmp_path / "calls").read_text().splitlines()


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
    assert calls(tmp_path)[-1] == "tag chat:test chat-broker:stable"
    # What was made for a look is gone.
    assert "rm --volumes made" in calls(tmp_path)


def test_a_good_one_is_pushed_where_there_is_a_registry(tmp_path, program, tool):
    more = ["--image", "chat:test", "--tool", str(tool), "--registry", "registry.example.org/chat/"]
    assert run(verdict(tmp_path, program), program, *more) == 0
    assert calls(tmp_path)[-2:] == [
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


def test_an_image_with_another_broker_than_the_one_that_was_tried_gets_nothing(tmp_path, program, tool, capsys):
    (tmp_path / "inside").write_bytes(b"linked once more")
    assert run(verdict(tmp_path, program), program, "--image", "chat:test", "--tool", str(tool)) == promote.REFUSED
    assert not [call for call in calls(tmp_path) if call.startswith(("tag", "push"))]
    said = capsys.readouterr()
    assert "another broker" in said.err and "promoted" not in said.out


def test_without_a_verdict_nothing_is_promoted(tmp_path, program):
    assert run(tmp_path / "none.json", program) == promote.REFUSED


def test_what_the_tool_says_is_passed_on(tmp_path, program):
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\nexit 7\n")
    tool.chmod(0o755)
    assert run(verdict(tmp_path, program), program, "--image", "chat:test", "--tool", str(tool)) == 7


def test_without_its_tool_nothing_is_promoted_and_that_is_no_roll_back(tmp_path, program, capsys):
    more = ["--image", "chat:test", "--tool", str(tmp_path / "none")]
    assert run(verdict(tmp_path, program), program, *more) == promote.UNAVAILABLE
    assert "--tool" in capsys.readouterr().err
