"""What is in the image, and what is not."""

import json
import os
import struct
import subprocess
import tarfile
from datetime import datetime
from pathlib import Path

import pytest
from container import IMAGE, once, podman
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[3]
SBOM = ROOT / ".build-image/sbom.cdx.json"
USER = 65532


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """All files of the image, by name, and its archive."""
    archive = tmp_path_factory.mktemp("image") / "files.tar"
    container = podman("create", IMAGE).stdout.strip()
    podman("export", "--output", archive, container)
    podman("rm", "--volumes", container)
    with tarfile.open(archive) as opened:
        yield {member.name.strip("/"): member for member in opened.getmembers()}, opened


def content(files, name):
    members, archive = files
    return archive.extractfile(members[name]).read()


def test_there_is_one_program_and_no_shell(files):
    members, _ = files
    programs = [name for name, member in members.items() if member.isfile() and member.mode & 0o111]
    assert programs == ["usr/bin/chat-broker"]


def test_the_program_needs_no_library(files):
    program = content(files, "usr/bin/chat-broker")
    assert program[:4] == b"\x7fELF"
    # Program headers: no interpreter (3), so no loader and no shared library.
    offset, = struct.unpack_from("<Q", program, 32)
    size, count = struct.unpack_from("<HH", program, 54)
    kinds = {struct.unpack_from("<I", program, offset + index * size)[0] for index in range(count)}
    assert 1 in kinds and 3 not in kinds


def test_only_the_data_directory_and_the_temporary_one_can_be_written(files):
    members, _ = files
    writable = {name for name, member in members.items() if member.uid == USER or member.mode & 0o002 and not member.issym()}
    # The engine's own files are not in the image.
    assert writable - {"dev", "proc", "sys"} == {"tmp", "var/lib/chat-broker"}
    assert members["var/lib/chat-broker"].mode & 0o777 == 0o700
    assert not any(member.mode & 0o6000 for member in members.values())


def test_the_authorities_of_debian_are_there(files):
    assert content(files, "etc/ssl/certs/ca-certificates.crt").count(b"BEGIN CERTIFICATE") > 50


def test_it_runs_as_a_user_without_rights(image):
    assert image["Config"]["User"] == f"{USER}:{USER}"


def test_it_says_what_it_listens_to_keeps_and_ends_by(image):
    config = image["Config"]
    assert set(config["ExposedPorts"]) == {"7400/tcp", "7480/tcp", "7490/tcp"}
    assert set(config["Volumes"]) == {"/var/lib/chat-broker"}
    assert config["StopSignal"] == "SIGTERM"
    assert image["Healthcheck"]["Test"][:3] == ["CMD", "/usr/bin/chat-broker", "health"]


def test_its_labels_tell_version_and_revision(image):
    labels = image["Labels"]
    version = once("version", "--json", options=["--network=none"]).stdout
    assert labels["org.opencontainers.image.version"] == json.loads(version)["version"]
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert len(labels["org.opencontainers.image.revision"]) >= 7
    assert labels["org.opencontainers.image.created"] == image["Created"].replace(".000000000", "")


def test_every_file_has_the_time_of_the_commit(files, image):
    members, _ = files
    times = {member.mtime for name, member in members.items() if name.startswith(("usr", "var/lib/dpkg", "etc/ssl"))}
    assert len(times) == 1


@pytest.fixture
def image_again(image, tmp_path):
    """The image, built once more at the time of the same commit."""
    name = "localhost/chat-broker:again"
    labels = image["Labels"]
    created = datetime.fromisoformat(labels["org.opencontainers.image.created"])
    environment = {
        **os.environ,
        "CHAT_IMAGE_LAYOUT": str(tmp_path / "oci"),
        "REVISION": labels["org.opencontainers.image.revision"],
        "SOURCE_DATE_EPOCH": str(int(created.timestamp())),
    }
    script = ROOT / "Deploy/docker/build-image.sh"
    done = subprocess.run([script, name], capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    yield json.loads(podman("image", "inspect", name).stdout)[0]
    podman("rmi", "--force", name, check=False)


def test_linking_and_packing_once_more_gives_the_same_layer(image, image_again):
    assert image_again["RootFS"]["Layers"] == image["RootFS"]["Layers"]
    # All that the engine is told is the same, too; its Id is not, because buildah notes the name of its own container.
    assert image_again["Config"] == image["Config"]


def test_the_bill_of_materials_is_valid_and_belongs_to_this_image(image):
    text = SBOM.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    described = json.loads(text)["metadata"]["component"]
    assert [f"sha256:{one['content']}" for one in described["hashes"]] == image["RootFS"]["Layers"]


def test_the_bill_of_materials_has_what_is_linked_with_the_versions_that_were(files):
    components = {one["name"]: one["version"] for one in json.loads(SBOM.read_text())["components"]}
    pins = {pin["identity"]: pin["state"]["version"] for pin in json.loads((ROOT / "Package.resolved").read_text())["pins"]}
    for identity in ("swift-nio", "swift-nio-ssl", "jwt-kit", "swift-argument-parser"):
        assert components[identity] == pins[identity]
    # Of the benchmarks alone.
    assert "hdrhistogram-swift" in pins and "hdrhistogram-swift" not in components
    for library in ("libprotobuf-c-dev", "libsqlite3-dev", "libc6-dev", "ca-certificates"):
        status = content(files, f"var/lib/dpkg/status.d/{library}").decode()
        assert f"\nVersion: {components[library]}\n" in status
