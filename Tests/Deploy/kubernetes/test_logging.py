"""Fluentd on every machine: what its pods get is what its configuration asks for."""

import re
from pathlib import PurePosixPath

import pytest
from manifests import ROOT, only, parse

CONFIGURATION = (ROOT / "Deploy/logging/fluentd.conf").read_text()


@pytest.fixture
def fluentd(texts):
    return only(parse(texts["logging"]), "DaemonSet", "fluentd")


@pytest.fixture
def container(fluentd):
    return fluentd.container("fluentd")


def test_it_reads_the_configuration_that_is_checked(texts, fluentd, container):
    volume, = [one for one in fluentd.pod["volumes"] if one["name"] == "configuration"]
    files = only(parse(texts["logging"]), "ConfigMap", volume["configMap"]["name"])["data"]
    assert files == {"fluentd.conf": CONFIGURATION}
    place, = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "configuration"]
    assert container["args"] == ["--config", f"{place}/fluentd.conf"]


def test_it_runs_on_machines_where_ordinary_pods_do_not_go(fluentd):
    assert {"operator": "Exists", "effect": "NoSchedule"} in fluentd.pod["tolerations"]


def test_every_folder_of_its_configuration_is_one_of_the_machine(fluentd, container):
    machine = {volume["name"]: volume["hostPath"]["path"] for volume in fluentd.pod["volumes"] if "hostPath" in volume}
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"] if mount["name"] in machine}
    # By the same name, for the logs of containers are links.
    assert {place: machine[mount["name"]] for place, mount in mounts.items()} == {place: place for place in mounts}
    paths = re.findall(r"^ *(path|pos_file) (/\S+)$", CONFIGURATION, flags=re.MULTILINE)
    assert len(paths) >= 3
    for key, path in paths:
        place, = [place for place in mounts if PurePosixPath(path).is_relative_to(place)]
        # It reads what containers log, and notes how far elsewhere.
        assert mounts[place].get("readOnly", False) is path.startswith("/var/log/"), key


def test_every_variable_of_its_configuration_is_set(container):
    used = set(re.findall(r"ENV\['(\w+)'\]", CONFIGURATION))
    assert used and used <= {variable["name"] for variable in container["env"]}
