"""The runbook has a section for each alert, and names only what there is."""

import itertools
import json
import os
import re
import shlex
import subprocess

import pytest
import repository

BROKER = os.environ["CHAT_BROKER"]
TEXT = repository.RUNBOOK.read_text()
DESCRIPTION = repository.ROOT / "Sources" / "CWebPages" / "web" / "openapi.json"


def sections():
    parts = re.split(r"^### (\w+)$", TEXT, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2]))


def command_lines():
    blocks = re.findall(r"^```sh\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_each_alert_has_a_section_and_each_section_an_alert():
    assert list(sections()) == [alert["alert"] for alert in repository.alerts()]


def test_each_section_says_what_it_means_where_to_look_and_what_to_do():
    for name, text in sections().items():
        for heading in ("**Means.**", "**Look.**", "**Do.**"):
            assert text.count(heading) == 1, f"{name}: {heading}"


def test_links_within_the_runbook_lead_to_sections():
    anchors = {name.lower() for name in sections()}
    assert set(re.findall(r"\]\(#(\w+)\)", TEXT)) <= anchors


def test_the_shell_can_read_the_commands():
    for line in command_lines():
        subprocess.run(["sh", "-n"], input=line, text=True, check=True)


def test_paths_of_the_admin_listener_are_in_its_description():
    described = json.loads(DESCRIPTION.read_text())["paths"]
    patterns = [re.sub(r"\{\w+\}", "[^/]+", path) for path in described]
    paths = re.findall(r'"\$API(/[^"?]*)', "\n".join(command_lines()))
    assert len(paths) > 10
    for path in paths:
        assert any(re.fullmatch(pattern, path) for pattern in patterns), path


def subcommands():
    found = set()
    for line in command_lines():
        # On this machine, or in a pod behind `--`.
        words = shlex.split(line.split(" -- ")[-1], comments=True)
        if words and words[0] == "chat-broker":
            found.add(" ".join(itertools.takewhile(str.isalpha, words[1:])))
    return sorted(found)


@pytest.mark.parametrize("subcommand", subcommands())
def test_commands_of_the_broker_exist(subcommand):
    done = subprocess.run([BROKER, "help", *subcommand.split()], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert re.search(rf"USAGE: chat-broker {subcommand}\b", done.stdout)


def test_commands_look_at_the_broker_and_not_at_the_shell_of_who_reads_this():
    checks = [line for line in command_lines() if "chat-broker config check" in line]
    assert len(checks) > 1
    for line in checks:
        assert line.startswith("kubectl exec ") or "--config " in line, line


def test_a_token_is_read_from_a_file_and_checked_with_keys():
    looks = [line for line in command_lines() if "chat-broker token inspect" in line]
    assert looks
    for line in looks:
        # Else it says nothing of whether the token is good, and everybody on the machine can see it.
        assert re.search(r"--(secret|keys)-file \S+ < \w+$", line), line


def test_settings_that_are_named_exist():
    done = subprocess.run([BROKER, "config", "keys"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    known = set(done.stdout.splitlines())
    named = set()
    for document in (TEXT, repository.MONITORING.read_text()):
        named |= set(re.findall(r"`((?:limits|auth|drain|health|retention)\.[a-z_.]+)`", document))
    assert len(named) > 10
    assert not named - known


def test_metrics_that_are_searched_for_are_in_rules_or_dashboards():
    expressions = [rule["expr"] for rule in repository.rules()]
    for dashboard in repository.dashboards().values():
        expressions += [target["expr"] for panel in repository.panels(dashboard) for target in panel["targets"]]
    known = set().union(*map(repository.metrics_of, expressions))
    for line in command_lines():
        for pattern in re.findall(r"grep (?:-E )?'\^([^']+)'", line):
            names = expand(pattern)
            assert names, pattern
            for name in names:
                assert re.sub(r"_(sum|count)$", "", name) in known, name


def expand(pattern):
    """The names that a pattern with alternatives stands for."""
    found = re.search(r"\(([^()]*)\)", pattern)
    if not found:
        return [pattern.strip()]
    start, end = found.span()
    return [name for part in found[1].split("|") for name in expand(pattern[:start] + part + pattern[end:])]
