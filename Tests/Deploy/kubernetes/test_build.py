"""From what the image is built."""

import os
import re
import subprocess

import pytest
from manifests import ROOT

DOCKERFILE = (ROOT / "Deploy/docker/Dockerfile").read_text()
BROKER = os.environ["CHAT_BROKER"]
BASE = "localhost/chat-broker-base:bookworm"
# Each stands for the program of its name. What buildah is told is written down; it knows the images in `images`.
STUBS = {
    "buildah": """\
        echo "$*" >> "$STUBS/told"
        case "$1" in
          from) echo container ;;
          images) sed -n "s|^$4 ||p" "$STUBS/images" ;;
        esac
        """,
    "mmdebstrap": "",
    "readlink": 'echo "$SWIFT_IS"',
    "skopeo": "",
    "swift": "",
}


def swift_of_the_dockerfile():
    image, = re.findall(r"^ARG SWIFT_IMAGE=(\S+)$", DOCKERFILE, flags=re.MULTILINE)
    return image


def test_the_dockerfile_has_the_swift_of_the_pipelines():
    github = re.search(r"^ +image: (swift:\S+)$", (ROOT / ".github/workflows/ci.yaml").read_text(), flags=re.MULTILINE)
    jenkins = re.search(r"^ +image '(swift:\S+)'$", (ROOT / "Jenkinsfile").read_text(), flags=re.MULTILINE)
    assert f"docker.io/library/{github[1]}" == f"docker.io/library/{jenkins[1]}" == swift_of_the_dockerfile()


def test_the_swift_of_the_dockerfile_is_one_that_its_first_command_takes():
    oldest = re.search(r"^oldest_swift=([0-9.]+)$", (ROOT / ".ci/deps").read_text(), flags=re.MULTILINE)[1]
    version = re.search(r":([0-9.]+)-bookworm$", swift_of_the_dockerfile())[1]
    numbers = [tuple(map(int, text.split("."))) for text in (oldest, version)]
    assert numbers[0] <= numbers[1]
    assert "RUN .ci/deps build" in DOCKERFILE
    assert f"Swift {oldest} or later" in (ROOT / "README.md").read_text()


@pytest.fixture
def build(tmp_path):
    """Runs build-image.sh with programs that do nothing, as if Swift were in that place. Returns what buildah was told."""

    def run(images="", swift="/opt/swift/usr/bin/swift-driver"):
        (tmp_path / "images").write_text(images)
        for name, text in STUBS.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}")
            (tmp_path / name).chmod(0o755)
        environment = {
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "STUBS": str(tmp_path),
            "SWIFT": "swift",
            "SWIFT_IS": swift,
            "CHAT_IMAGE_LAYOUT": str(tmp_path / "layout/oci"),
        }
        script = ROOT / "Deploy/docker/build-image.sh"
        # It ends where it looks at what was packed, for nothing was.
        done = subprocess.run([script], env=environment, capture_output=True, text=True, timeout=60)
        assert "layout/oci/index.json" in done.stderr, done.stderr
        return (tmp_path / "told").read_text().splitlines()

    return run


def test_the_image_is_built_on_a_base_that_has_the_name_in_the_dockerfile(build):
    told = build()
    name = swift_of_the_dockerfile()
    bud, = [line for line in told if line.startswith("bud ")]
    # No registry, and no other base than a `docker build` would take.
    assert "--pull=never" in bud and "SWIFT_IMAGE" not in bud
    assert told.index(f"tag {BASE} {name}") < told.index(bud) < told.index(f"rmi {name}")


def test_who_has_the_real_base_gets_its_name_back(build):
    name = swift_of_the_dockerfile()
    told = build(f"{name} sha256:real\n{BASE} sha256:base\n")
    assert told[-1] == f"tag sha256:real {name}"
    assert f"rmi {name}" not in told


def mounts(told):
    """What the build sees of this machine: its place here → its place there, and whether it may write to it."""
    bud, = [line for line in told if line.startswith("bud ")]
    volumes = [volume.split(":") for volume in re.findall(r"--volume (\S+)", bud)]
    return {source: (target, "ro" not in options) for source, target, *options in volumes}


def test_the_build_sees_this_folder_the_toolchain_and_its_headers(build):
    told = mounts(build(swift="/opt/swift/usr/bin/swift-driver"))
    read = {place: (place, False) for place in ("/opt/swift", "/usr/include")}
    assert told == {str(ROOT): (str(ROOT), True), **read}


@pytest.mark.parametrize("swift", ["/usr/bin/swift-driver", "/usr/local/bin/swift"])
def test_a_toolchain_among_the_programs_of_the_system_does_not_mount_the_whole_machine(build, swift):
    # As in the container of the pipelines. Nothing can be mounted on the root of the build.
    told = mounts(build(swift=swift))
    # What is linked is of /usr then, so its packages are those of this machine, too.
    read = {place: (place, False) for place in ("/usr", "/var/lib/dpkg")}
    assert told == {str(ROOT): (str(ROOT), True), **read}


def test_the_health_check_may_take_longer_than_the_command_waits():
    written = [DOCKERFILE, (ROOT / "Docs/operations/health.md").read_text()]
    limits = {int(limit) for text in written for limit in re.findall(r"^HEALTHCHECK .*--timeout=(\d+)s", text, flags=re.MULTILINE)}
    assert len(limits) == 1, "the Dockerfile and the document differ"
    said = subprocess.run([BROKER, "help", "health"], capture_output=True, text=True, timeout=60).stdout
    waits = int(re.search(r"--timeout <seconds>[^(]*\(default: (\d+)\)", said)[1])
    assert limits.pop() > waits
