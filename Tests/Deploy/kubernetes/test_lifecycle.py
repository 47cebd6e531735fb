"""Starting, staying healthy, and stopping without loss."""

import json
import os
import re
import subprocess

import pytest
import yaml
from manifests import of_kind, only

BROKER = os.environ["CHAT_BROKER"]
# What comes after the drain's grace, in seconds: what is left is cut, the last responses go, the store closes.
CLOSING_TIME = 2 + 1 + 5


@pytest.fixture
def brokers(manifests):
    return [workload for workload in of_kind(manifests, "StatefulSet") if workload.name.startswith("chat-broker")]


def configuration(manifests, broker):
    """chat-broker.yaml as this broker gets it."""
    volume = next(one for one in broker.pod["volumes"] if one["name"] == "settings")
    return yaml.safe_load(only(manifests, "ConfigMap", volume["configMap"]["name"])["data"]["chat-broker.yaml"])


def test_each_probe_asks_its_own_question_at_the_admin_port(brokers):
    for broker in brokers:
        container = broker.container("chat-broker")
        for probe, path in {"startupProbe": "/startupz", "livenessProbe": "/livez", "readinessProbe": "/readyz"}.items():
            assert container[probe]["httpGet"] == {"path": path, "port": "admin"}
            assert container[probe]["timeoutSeconds"] <= container[probe]["periodSeconds"]


def test_a_slow_start_is_not_killed_by_liveness(brokers):
    for broker in brokers:
        probe = broker.container("chat-broker")["startupProbe"]
        assert probe["periodSeconds"] * probe["failureThreshold"] >= 60


def test_a_pod_that_drains_is_taken_out_at_once(brokers):
    for broker in brokers:
        probe = broker.container("chat-broker")["readinessProbe"]
        assert probe["failureThreshold"] == 1 and probe["periodSeconds"] <= 5


def test_the_grace_period_covers_pre_stop_drain_and_closing(brokers, manifests):
    for broker in brokers:
        wait = broker.container("chat-broker")["lifecycle"]["preStop"]["sleep"]["seconds"]
        drain = configuration(manifests, broker)["drain"]
        assert drain["spread_ms"] <= drain["grace_ms"]
        needed = wait + drain["grace_ms"] / 1000 + CLOSING_TIME
        assert broker.pod["terminationGracePeriodSeconds"] >= needed


def test_no_hook_or_probe_needs_a_program_of_the_image(brokers):
    for broker in brokers:
        container = broker.container("chat-broker")
        hooks = [container["lifecycle"]["preStop"], *(container[f"{kind}Probe"] for kind in ("startup", "liveness", "readiness"))]
        assert not any("exec" in hook for hook in hooks)


def test_the_store_is_on_a_volume_that_outlives_everything(brokers, manifests):
    for broker in brokers:
        claims = {claim["metadata"]["name"] for claim in broker["spec"]["volumeClaimTemplates"]}
        mounts = {mount["mountPath"]: mount["name"] for mount in broker.container("chat-broker")["volumeMounts"]}
        assert mounts[configuration(manifests, broker)["data"]] in claims
        assert broker["spec"]["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}


def test_every_mount_has_a_volume(manifests):
    for workload in manifests:
        if workload.is_workload:
            volumes = {volume["name"] for volume in workload.pod.get("volumes", [])}
            volumes |= {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])}
            for container in workload.containers:
                assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes


def test_pods_spread_over_machines_and_zones(brokers):
    for broker in brokers:
        constraints = broker.pod["topologySpreadConstraints"]
        assert {one["topologyKey"] for one in constraints} == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
        for one in constraints:
            assert one["labelSelector"]["matchLabels"].items() <= broker.pod_labels.items()


def test_a_budget_lets_a_machine_be_emptied(brokers, manifests):
    for budget in of_kind(manifests, "PodDisruptionBudget"):
        assert budget["spec"]["maxUnavailable"] >= 1


def test_the_memory_budget_is_three_quarters_of_what_the_kernel_allows(brokers, manifests):
    units = {"Mi": 1 << 20, "Gi": 1 << 30}
    for broker in brokers:
        text = broker.container("chat-broker")["resources"]["limits"]["memory"]
        limit = int(text[:-2]) * units[text[-2:]]
        assert configuration(manifests, broker)["health"]["memory_bytes"] * 4 == limit * 3


def rule(manifests, alert):
    """An alert of the cluster, and how often it is looked at."""
    for group in only(manifests, "PrometheusRule", "chat-broker")["spec"]["groups"]:
        for one in group["rules"]:
            if one.get("alert") == alert:
                return one, group.get("interval")
    raise AssertionError(f"there is no {alert}")


def test_memory_is_warned_of_below_the_budget(production):
    expression = rule(production, "ChatMemoryHigh")[0]["expr"]
    mebibytes = re.fullmatch(r'process_resident_memory_bytes\{job="chat-broker"} > (\d+) \* 1024 \* 1024', expression)[1]
    broker = only(production, "StatefulSet", "chat-broker")
    assert int(mebibytes) << 20 < configuration(production, broker)["health"]["memory_bytes"]


def test_a_node_over_its_budget_is_told_before_it_ends(production):
    told = subprocess.run([BROKER, "config", "keys", "--json"], check=True, capture_output=True, text=True, timeout=30)
    usual = {key["key"]: key["default"] for key in map(json.loads, told.stdout.splitlines()) if "default" in key}
    set_here = configuration(production, only(production, "StatefulSet", "chat-broker"))["health"]
    refuses, ends = (
        float(set_here.get(name, usual[f"health.{name}"])) / 1000 for name in ("memory_refuse_ms", "memory_end_ms")
    )
    alert, interval = rule(production, "ChatMemoryOverBudget")
    read = only(production, "ServiceMonitor", "chat-broker")["spec"]["endpoints"][0]["interval"]
    waits = [int(text.removesuffix("s")) for text in (read, interval, alert["for"])]
    assert refuses + sum(waits) < ends
    assert alert["labels"]["severity"] == "critical"
