"""The configuration that goes into the cluster, as the program itself reads it."""

import base64
import json
import os
import re
import subprocess

import pytest
import yaml
from manifests import ROOT, of_kind, only

BROKER = os.environ["CHAT_BROKER"]
TIMEOUT = 30


def run(*arguments, **options):
    return subprocess.run([BROKER, *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT, **options)


def dotted(tree, prefix=""):
    """{a: {b: 1}} → a.b"""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from dotted(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


@pytest.fixture(scope="session")
def table():
    """The table of keys, as the program prints it: an object for each."""
    assert "config" in run("help").stdout.split(), f"{BROKER} has no command config"
    printed = run("config", "keys", "--json")
    assert printed.returncode == 0, printed.stderr
    return [json.loads(line) for line in printed.stdout.splitlines()]


@pytest.fixture(scope="session")
def known_keys(table):
    return {entry["key"] for entry in table}


def configurations(manifests):
    return [one["data"]["chat-broker.yaml"] for one in of_kind(manifests, "ConfigMap") if "chat-broker.yaml" in one["data"]]


def test_every_key_of_the_configuration_is_in_the_table_of_keys(canary, known_keys):
    texts = configurations(canary)
    assert len(texts) == 2
    for text in texts:
        keys = set(dotted(yaml.safe_load(text)))
        assert len(keys) >= 10
        assert keys <= known_keys, f"unknown: {sorted(keys - known_keys)}"


def test_every_variable_of_compose_and_of_the_image_is_in_the_table_of_keys(table):
    known = {entry["variable"] for entry in table}
    compose = yaml.safe_load((ROOT / "Deploy/docker/docker-compose.yaml").read_text())
    image = re.findall(r"CHAT_[A-Z_]+(?==)", (ROOT / "Deploy/docker/Dockerfile").read_text())
    assert len(image) >= 3
    assert {*compose["services"]["broker"]["environment"], *image} <= known


def mounts(manifests):
    """Volume of the broker's pod → where it is mounted."""
    container = only(manifests, "StatefulSet", "chat-broker").container("chat-broker")
    return {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}


def test_the_program_is_told_where_its_settings_and_secrets_are(production):
    container = only(production, "StatefulSet", "chat-broker").container("chat-broker")
    environment = {one["name"]: one.get("value") for one in container["env"]}
    assert environment["CHAT_CONFIG"] == f"{mounts(production)['settings']}/chat-broker.yaml"
    assert environment["CHAT_CONFIG_DIRECTORY"] == mounts(production)["secret"]


def test_the_program_takes_settings_and_secrets_as_they_are_mounted(production, known_keys, tmp_path):
    secret = only(production, "Secret", "chat-broker")
    volumes = {one["name"]: one for one in only(production, "StatefulSet", "chat-broker").pod["volumes"]}
    assert volumes["secret"]["secret"]["secretName"] == secret.name
    directory = tmp_path / "secret"
    directory.mkdir()
    for key, value in secret["data"].items():
        assert key in known_keys
        (directory / key).write_bytes(base64.b64decode(value))
    for text in configurations(production):
        file = tmp_path / "chat-broker.yaml"
        file.write_text(text)
        arguments = ["config", "check", "--config", file, "--config-directory", directory]
        checked = run(*arguments)
        assert checked.returncode == 0, checked.stderr
        # And would not, were there something wrong with them.
        file.write_text(text.replace("port: 7400", "port: 74000"))
        assert run(*arguments).returncode == 78


def test_no_secret_is_in_the_config_map(manifests):
    for text in configurations(manifests):
        assert not {"admin.key", "auth.secret"} & set(dotted(yaml.safe_load(text)))


def test_services_do_not_look_like_settings(manifests):
    # Kubernetes would set CHAT_BROKER_PORT and others for the Service chat-broker.
    for broker in of_kind(manifests, "StatefulSet"):
        assert broker.pod["enableServiceLinks"] is False


def test_a_change_of_configuration_or_secret_is_taken_without_new_pods(canary):
    # A hash of the content in the name would make a new pod template.
    names = {str(one) for one in of_kind(canary, "ConfigMap", "Secret")}
    assert names == {"ConfigMap/chat-broker", "ConfigMap/chat-broker-canary", "Secret/chat-broker"}
