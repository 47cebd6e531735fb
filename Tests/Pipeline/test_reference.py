"""The broker to compare with is built from another commit, without touching this one."""

import pathlib
import shutil
import subprocess

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / ".ci" / "reference"
# Stands for Swift: the program that it builds is the source that it was given.
SWIFT = """#!/bin/sh
set -eu
echo build >> "$(dirname "$0")/builds"
while [ $# -gt 0 ]; do
  case $1 in
    --package-path) sources=$2 ;;
    --scratch-path) scratch=$2 ;;
  esac
  shift
done
mkdir -p "$scratch/release"
cp "$sources/source" "$scratch/release/chat-broker"
chmod +x "$scratch/release/chat-broker"
"""


@pytest.fixture
def repository(tmp_path):
    """Two commits: the source says `old`, then `new`."""
    folder = tmp_path / "repository"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(SCRIPT, folder / ".ci" / "reference")
    git(folder, "init", "--quiet")
    for text in ("old", "new"):
        (folder / "source").write_text(text)
        git(folder, "add", "--all")
        git(folder, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", text)
    swift = tmp_path / "swift"
    swift.write_text(SWIFT)
    swift.chmod(0o755)
    return folder


def git(folder, *words):
    subprocess.run(["git", *words], cwd=folder, check=True)


def reference(repository, commit):
    file = repository.parent / "built" / "chat-broker"
    subprocess.run(
        [repository / ".ci" / "reference", commit, str(file)],
        check=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "SWIFT": str(repository.parent / "swift")},
    )
    return file.read_text()


def builds(repository):
    return (repository.parent / "builds").read_text().count("build")


def test_it_is_that_of_the_other_commit(repository):
    assert reference(repository, "HEAD^") == "old"
    assert (repository / "source").read_text() == "new"


def test_it_is_built_once(repository):
    reference(repository, "HEAD^")
    reference(repository, "HEAD~1")
    assert builds(repository) == 1


def test_it_is_built_anew_when_the_commit_is_another(repository):
    reference(repository, "HEAD^")
    assert reference(repository, "HEAD") == "new"
    assert builds(repository) == 2


def test_a_commit_that_is_not_there_is_an_error(repository):
    with pytest.raises(subprocess.CalledProcessError):
        reference(repository, "no-such-tag")
