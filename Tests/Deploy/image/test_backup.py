"""The commands by which Docs/operations/backup.md makes a copy, with podman in the place of Docker."""

import os
import re
import shlex
import subprocess
import uuid
from pathlib import Path

import pytest
from container import COMMAND_LIMIT, IMAGE, OPTIONS, once, podman

DOCUMENT = (Path(__file__).resolve().parents[3] / "Docs/operations/backup.md").read_text()
# Podman gives a new volume to the user of the container. Docker leaves it to root, unless the image has that folder.
DOCKER = """\
#!/bin/sh
[ "$1" = run ] && shift
for argument; do
  case $argument in
    {volume}:/var/lib/chat-broker) ;;
    {volume}:*)
      podman volume exists {volume} || {run} --rm --user 0:0 --volume "$argument" {image} version >/dev/null || exit ;;
  esac
done
exec {run} "$@"
"""
TEXTS = [f"message {number}" for number in range(100)]


@pytest.fixture
def new_volume():
    """The name of a volume that is not there yet."""
    name = f"chat-test-{uuid.uuid4().hex}"
    yield name
    podman("volume", "rm", "--force", name, check=False)


@pytest.fixture
def backup(volume, new_volume, tmp_path):
    """Runs what the document says, with these volumes and this image."""
    commands, = [block for block in re.findall(r"```sh\n(.*?)```", DOCUMENT, flags=re.DOTALL) if block.startswith("docker run")]
    for name, other in {"chat_messages": volume, "backups": new_volume, r"chat-broker:[0-9.]+": IMAGE}.items():
        commands, count = re.subn(rf"(?<= ){name}(?=[: ])", other, commands)
        assert count
    docker = tmp_path / "docker"
    docker.write_text(DOCKER.format(run=shlex.join(["podman", "run", *OPTIONS]), volume=new_volume, image=IMAGE))
    docker.chmod(0o755)

    def run():
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-e", "-c", commands], env=environment, capture_output=True, text=True, timeout=COMMAND_LIMIT,
        )
        assert done.returncode == 0, done.stderr
        return new_volume

    return run


def test_a_copy_on_a_volume_of_its_own_is_the_store(brokers, volume, backup):
    broker = brokers(volume=volume)
    broker.start()
    broker.send("group:lobby", TEXTS)
    copies = backup()
    broker.send("group:lobby", ["too late"])
    assert broker.terminate()[0] == 0
    broker.remove()
    mounts = [f"--volume={volume}:/var/lib/chat-broker", f"--volume={copies}:/backups", "--network=none"]
    day = subprocess.run(["date", "+%F"], capture_output=True, text=True, check=True).stdout.strip()
    done = once("restore", "--replace", "--from", f"/backups/chat-{day}.sqlite", options=mounts)
    assert done.returncode == 0, done.stderr
    restored = brokers(volume=volume)
    restored.start()
    assert restored.history("group:lobby") == TEXTS
