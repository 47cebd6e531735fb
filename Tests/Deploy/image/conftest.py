import json
import os
import uuid

import pytest
from container import IMAGE, Broker, once, podman


@pytest.fixture(scope="session", autouse=True)
def image():
    """What podman knows of the image."""
    if os.geteuid() != 0:
        pytest.exit("the tests of the image need root", 77)
    found = podman("image", "inspect", IMAGE, check=False)
    if found.returncode != 0:
        pytest.exit(f"there is no image {IMAGE}: run make image", 66)
    return json.loads(found.stdout)[0]


@pytest.fixture(scope="session", autouse=True)
def health_command(image):
    """The image checks its own health: a program without that command is no image to ship."""
    if "health" not in once("help").stdout.split():
        pytest.exit(f"the program in {IMAGE} has no command health", 1)


@pytest.fixture
def brokers():
    """Makes brokers, and removes them at the end."""
    made = []

    def make(*options, **others):
        made.append(Broker(*options, **others))
        return made[-1]

    yield make
    for broker in made:
        broker.remove()


@pytest.fixture
def volume():
    """A volume that no other test uses."""
    name = f"chat-test-{uuid.uuid4().hex}"
    podman("volume", "create", name)
    yield name
    podman("volume", "rm", "--force", name, check=False)


@pytest.fixture
def say(capsys):
    """Prints a figure, also when the test passes."""

    def print_line(text):
        with capsys.disabled():
            print(f"\n  {text}")

    return print_line
