"""The files as they are written, by the tools that people check such files with."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from manifests import ROOT

DEPLOY = ROOT / "Deploy"
DOCKERFILES = sorted(path for path in DEPLOY.rglob("*Dockerfile*") if path.suffix != ".dockerignore")
COMPOSE = DEPLOY / "docker/docker-compose.yaml"
YAML_RULES = """\
extends: default
rules:
  # What is made of Deploy/prometheus is one step further to the right.
  line-length: {max: 130, ignore: prometheus-rule.yaml}
  document-start: disable
  octal-values: disable
"""


def run(tool, *arguments, **options):
    path = Path(sys.executable).with_name(tool)
    return subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, timeout=60, **options)


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_hadolint_finds_nothing(dockerfile):
    done = run("hadolint", "--format", "tty", dockerfile)
    assert done.returncode == 0, done.stdout + done.stderr


def test_hadolint_finds_what_is_wrong(tmp_path):
    wrong = tmp_path / "Dockerfile"
    wrong.write_text("FROM debian:latest\nRUN cd /tmp && sudo ls\n")
    done = run("hadolint", wrong)
    assert done.returncode == 1 and "DL3007" in done.stdout


def test_yamllint_finds_nothing():
    files = [DEPLOY / "kubernetes", DEPLOY / "docker", DEPLOY / "logging/kustomization.yaml"]
    done = run("yamllint", "--strict", "--config-data", YAML_RULES, *files)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def compose():
    """docker-compose.yaml as podman-compose understands it."""
    done = run("podman-compose", "--file", COMPOSE, "config", cwd=COMPOSE.parent)
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)


def test_compose_publishes_ports_on_this_machine_alone(compose):
    for name, service in compose["services"].items():
        for port in service["ports"]:
            assert str(port).startswith("127.0.0.1:"), f"{name} {port}"


def test_compose_runs_everything_without_root_and_without_writing_to_the_image(compose):
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["user"].split(":")[0] not in ("0", "root"), name
        assert not service["image"].endswith("latest") and ":" in service["image"], name


def test_compose_gives_the_broker_the_time_that_it_needs_to_drain(compose):
    broker = compose["services"]["broker"]
    grace = int(str(broker["stop_grace_period"]).removesuffix("s"))
    assert grace * 1000 >= int(broker["environment"]["CHAT_DRAIN_GRACE_MS"]) + 8_000


def test_compose_mounts_files_that_are_there(compose):
    for name, service in compose["services"].items():
        for volume in service["volumes"]:
            source = volume.split(":")[0] if isinstance(volume, str) else volume["source"]
            if source.startswith((".", "/")):
                assert (COMPOSE.parent / source).resolve().exists(), f"{name} {source}"


def test_prometheus_finds_the_broker_by_the_name_and_port_that_compose_gives_it(compose):
    targets = yaml.safe_load((DEPLOY / "docker/prometheus-targets/broker.yaml").read_text())
    assert [target for entry in targets for target in entry["targets"]] == ["broker:7490"]
    assert "broker" in compose["services"]
    assert json.dumps(compose["services"]["prometheus"]["volumes"]).count("prometheus-targets") == 1


def test_a_backup_is_made_of_the_volume_and_by_the_image_of_compose(compose):
    """The suite of the image runs these commands."""
    document = (ROOT / "Docs/operations/backup.md").read_text()
    command, = re.findall(r"^docker run [^\n]*\\\n  backup .*$", document, flags=re.MULTILINE)
    volumes = dict(volume.split(":")[::-1] for volume in re.findall(r"-v (\S+)", command))
    broker = compose["services"]["broker"]
    store, = [volume for volume in broker["volumes"] if "/var/lib/chat-broker" in str(volume)]
    name = store.split(":")[0] if isinstance(store, str) else store["source"]
    # Which compose calls by the name of the project, too.
    project = yaml.safe_load(COMPOSE.read_text())["name"]
    assert volumes["/var/lib/chat-broker"] == f"{project}_{name}" and name in compose["volumes"]
    assert f" {broker['image']} " in command


def test_the_document_of_practices_leads_to_every_part_and_every_other_document():
    folder = ROOT / "Docs/operations"
    links = re.findall(r"\]\(([^)#]+)", (folder / "practices.md").read_text())
    named = {(folder / link).resolve() for link in links}
    parts = [*(DEPLOY / "kubernetes/components").iterdir(), DEPLOY / "kubernetes/logging", DEPLOY / "kubernetes/workload"]
    for part in [*parts, *DEPLOY.iterdir()]:
        assert any(place.is_relative_to(part) for place in named), part
    documents = {path for path in folder.glob("*.md") if path.name != "practices.md"}
    assert documents <= named
