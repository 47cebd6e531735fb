"""kubectl, which the suite cannot do without, on machines that lack it."""

import hashlib
import os
import shutil
import subprocess

import pytest
import test_schema
from manifests import ROOT

# What .ci/deps calls itself, and what it finds and asks nothing of.
NEEDED = ["bash", "cat", "env", "head", "id", "install", "mktemp", "rm", "sed", "sh", "sha256sum"]
FOUND = ["chromium", "node", "openssl", "pkg-config", "podman", "promtool", "python3"]
POLICY = """\
[ "$*" = "policy kubernetes-client" ] && [ -e "$STUBS/lists" ] && cat "$STUBS/lists"
"""
APT_GET = """\
echo "$*" >> "$STUBS/installed"
case "$*" in *update*) printf '  Candidate: %s\\n' "$OFFERED" > "$STUBS/lists" ;; esac
"""
CURL = """\
while [ $# -gt 1 ]; do [ "$1" = --output ] && file=$2; shift; done
case $1 in https://dl.k8s.io/release/*/bin/linux/amd64/*) cat "$STUBS/${1##*/}.offered" > "$file" ;; esac
"""


@pytest.fixture
def machine(tmp_path):
    """A folder with all the programs of a machine that has no kubectl; a function that runs a script there."""
    for name in NEEDED:
        (tmp_path / name).symlink_to(shutil.which(name))
    stubs = dict.fromkeys(FOUND, "") | {
        "apt-cache": POLICY,
        "apt-get": APT_GET,
        "curl": CURL,
        "dpkg": "echo amd64",
        "sudo": '"$@"',
        "swift": "echo Swift version 6.3",
    }
    for name, text in stubs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)

    def run(script, *arguments, offered="(none)"):
        environment = {"PATH": str(tmp_path), "STUBS": str(tmp_path), "OFFERED": offered, "HOME": os.environ["HOME"]}
        command = [ROOT / script, *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    return run


def installed(tmp_path):
    file = tmp_path / "installed"
    return file.read_text() if file.exists() else ""


@pytest.mark.parametrize("offered", ["(none)", "1.20.5+really1.20.2-1.1+deb12u1"])
def test_a_machine_that_is_offered_none_that_is_new_enough_is_told_where_to_get_one(machine, tmp_path, offered):
    done = machine(".ci/deps", "test", offered=offered)
    assert done.returncode == 69
    assert "kubectl" in done.stderr and "https://kubernetes.io/docs/tasks/tools/" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "kubernetes-client" not in installed(tmp_path)


@pytest.mark.parametrize("offered", ["1.21.0-1", "1.33.4+ds-1", "2.0"])
def test_one_that_is_new_enough_is_installed(machine, tmp_path, offered):
    done = machine(".ci/deps", "test", offered=offered)
    assert done.returncode == 0, done.stderr
    assert "kubernetes-client" in installed(tmp_path)


def test_a_machine_that_has_one_is_asked_nothing(machine, tmp_path):
    (tmp_path / "kubectl").symlink_to("/bin/true")
    done = machine(".ci/deps", "test")
    assert done.returncode == 0, done.stderr
    assert "kubernetes-client" not in installed(tmp_path)


@pytest.fixture
def offered(tmp_path):
    """What the makers of kubectl have to download."""
    program = b"#!/bin/sh\necho kubectl\n"
    (tmp_path / "kubectl.offered").write_bytes(program)
    (tmp_path / "kubectl.sha256.offered").write_text(hashlib.sha256(program).hexdigest())
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


def test_a_pipeline_gets_the_one_of_its_makers(machine, offered):
    done = machine(".ci/kubectl", offered)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([offered / "kubectl"], capture_output=True, text=True).stdout == "kubectl\n"
    assert f"version=v{test_schema.VERSION}." in (ROOT / ".ci/kubectl").read_text()


def test_a_download_that_is_not_what_it_should_be_is_not_installed(machine, tmp_path, offered):
    (tmp_path / "kubectl.offered").write_bytes(b"something else")
    assert machine(".ci/kubectl", offered).returncode != 0
    assert not (offered / "kubectl").exists()
