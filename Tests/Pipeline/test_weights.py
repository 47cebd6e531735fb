"""What sets weights: Envoy's file of routes, and Istio's VirtualService."""

import copy
import json
import pathlib
import subprocess
import sys
import threading

import envoy_process
import envoy_weight
import istio_weight
import pytest
import yaml

PIPELINE = pathlib.Path(envoy_weight.__file__).parent
# As in Deploy/kubernetes: two routes, with other things between.
SERVICE = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "VirtualService",
    "metadata": {"name": "chat-broker"},
    "spec": {
        "http": [
            {"match": [{"uri": {"prefix": "/docs"}}], "route": [{"destination": {"host": "docs"}}]},
            {
                "route": [
                    {"destination": {"host": "chat-broker", "subset": "stable"}, "weight": 95},
                    {"destination": {"host": "chat-broker", "subset": "canary"}, "weight": 5},
                ]
            },
        ],
        "tcp": [
            {
                "route": [
                    {"destination": {"host": "chat-broker", "subset": "stable"}},
                    {"destination": {"host": "chat-broker", "subset": "canary"}},
                ]
            }
        ],
    },
}


def weights(file):
    (route,) = json.loads(file.read_text())["resources"][0]["virtual_hosts"][0]["routes"]
    return {cluster["name"]: cluster["weight"] for cluster in route["route"]["weighted_clusters"]["clusters"]}


@pytest.mark.parametrize("weight", [0, 5, 50, 100])
def test_the_file_of_routes_has_the_weight(tmp_path, weight):
    file = tmp_path / "routes.json"
    subprocess.run([sys.executable, str(PIPELINE / "envoy_weight.py"), str(file), str(weight)], check=True)
    assert weights(file) == {"stable": 100 - weight, "canary": weight}
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("weight", ["-1", "101", "half"])
def test_a_wrong_weight_changes_nothing(tmp_path, weight):
    file = tmp_path / "routes.json"
    done = subprocess.run(
        [sys.executable, str(PIPELINE / "envoy_weight.py"), str(file), "--", weight], capture_output=True, text=True
    )
    assert done.returncode == 64
    assert not file.exists()


def test_who_reads_the_file_while_it_changes_reads_a_whole_one(tmp_path):
    file = tmp_path / "routes.json"
    envoy_weight.write(file, 0)
    stop = threading.Event()

    def change():
        while not stop.is_set():
            for weight in (0, 100):
                envoy_weight.write(file, weight)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(2_000):
            assert sum(weights(file).values()) == 100
    finally:
        stop.set()
        thread.join()


def test_envoy_takes_the_configuration_that_is_deployed(tmp_path):
    text = envoy_process.CONFIGURATION.read_text()
    routes = tmp_path / "routes.json"
    envoy_weight.write(routes, 5)
    assert "/etc/envoy/routes/routes.json" in text
    configuration = tmp_path / "envoy.yaml"
    configuration.write_text(text.replace("/etc/envoy/routes/routes.json", str(routes)))
    done = subprocess.run(
        ["envoy", "--mode", "validate", "-c", str(configuration)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert {cluster["name"] for cluster in yaml.safe_load(text)["static_resources"]["clusters"]} == {"stable", "canary"}


def test_all_routes_of_a_virtual_service_change_and_nothing_else():
    done = subprocess.run(
        [sys.executable, str(PIPELINE / "istio_weight.py"), "50", "--print"],
        input=json.dumps(SERVICE),
        capture_output=True,
        text=True,
        check=True,
    )
    changed = apply(SERVICE, json.loads(done.stdout))
    expected = copy.deepcopy(SERVICE)
    for route in expected["spec"]["http"][1]["route"] + expected["spec"]["tcp"][0]["route"]:
        route["weight"] = 50
    assert changed == expected


def apply(document, patches):
    """A JSON patch whose operations are all `add` to an object."""
    document = copy.deepcopy(document)
    for patch in patches:
        assert patch["op"] == "add"
        *parents, last = patch["path"].split("/")[1:]
        place = document
        for name in parents:
            place = place[int(name)] if isinstance(place, list) else place[name]
        place[last] = patch["value"]
    return document


def test_a_virtual_service_without_a_canary_is_refused():
    service = copy.deepcopy(SERVICE)
    del service["spec"]["http"][1:], service["spec"]["tcp"]
    with pytest.raises(ValueError, match="no route"):
        istio_weight.patch(service, 5)
