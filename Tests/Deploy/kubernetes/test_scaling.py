"""By what the broker is scaled: the HorizontalPodAutoscaler, or KEDA in its place."""

import json
import os
import re
import subprocess

import pytest
from manifests import of_kind, only, parse

BROKER = os.environ["CHAT_BROKER"]


@pytest.fixture
def autoscaler(production):
    return only(production, "HorizontalPodAutoscaler", "chat-broker")["spec"]


@pytest.fixture
def keda(texts):
    return only(parse(texts["overlays/keda"]), "ScaledObject", "chat-broker")["spec"]


@pytest.fixture
def behaviours(autoscaler, keda):
    return [autoscaler["behavior"], keda["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]]


@pytest.fixture(scope="session")
def gauges():
    """What can be compared with a threshold, of what the broker measures."""
    printed = subprocess.run([BROKER, "metrics", "--json"], capture_output=True, text=True, timeout=30, check=True).stdout
    table = [json.loads(line) for line in printed.splitlines()]
    return {metric["name"] for metric in table if metric["kind"] == "gauge"}


def targets(autoscaler):
    """Metric → what is aimed at, of each kind that the autoscaler knows."""
    found = {}
    for metric in autoscaler["metrics"]:
        source = metric["resource"] if metric["type"] == "Resource" else metric["pods"]
        found[source.get("name") or source["metric"]["name"]] = source["target"]
    return found


def test_it_scales_by_cpu_and_by_sessions(autoscaler, gauges):
    wanted = targets(autoscaler)
    assert set(wanted) == {"cpu", "chat_sessions"}
    assert wanted["cpu"]["type"] == "Utilization" and wanted["cpu"]["averageUtilization"] > 100
    assert wanted["chat_sessions"]["type"] == "AverageValue" and int(wanted["chat_sessions"]["averageValue"]) > 0
    assert "chat_sessions" in gauges


def triggers(keda):
    return {trigger["type"]: trigger for trigger in keda["triggers"]}


def test_keda_asks_prometheus_for_a_metric_that_the_broker_has(keda, gauges, texts):
    query = triggers(keda)["prometheus"]["metadata"]["query"]
    metric, job = re.fullmatch(r'sum\((\w+)\{job="([^"]+)"}\)', query).groups()
    assert metric in gauges, query
    # The job is named by what the ServiceMonitor says is its label.
    manifests = parse(texts["overlays/keda"])
    monitor = only(manifests, "ServiceMonitor", "chat-broker")
    services = [service for service in of_kind(manifests, "Service") if monitor.selects(service.labels)]
    assert {service.labels[monitor["spec"]["jobLabel"]] for service in services} == {job}


def test_keda_scales_by_the_same_as_the_autoscaler(keda, autoscaler):
    assert set(triggers(keda)) == {"prometheus", "cpu"}
    sessions, cpu = triggers(keda)["prometheus"], triggers(keda)["cpu"]
    wanted = targets(autoscaler)
    assert "(chat_sessions{" in sessions["metadata"]["query"]
    assert (sessions["metricType"], sessions["metadata"]["threshold"]) == ("AverageValue", wanted["chat_sessions"]["averageValue"])
    assert (cpu["metricType"], cpu["metadata"]["value"]) == ("Utilization", str(wanted["cpu"]["averageUtilization"]))


def test_keda_never_scales_to_nothing(keda):
    # Nobody could connect.
    assert keda["minReplicaCount"] >= 1 and keda["fallback"]["replicas"] >= 1


def test_more_pods_come_after_a_minute_that_is_no_wave_of_clients(behaviours):
    for behaviour in behaviours:
        assert behaviour["scaleUp"]["stabilizationWindowSeconds"] == 60
        assert {"type": "Percent", "value": 100, "periodSeconds": 60} in behaviour["scaleUp"]["policies"]


def test_pods_go_one_at_a_time_after_half_an_hour_of_calm(behaviours):
    for behaviour in behaviours:
        # A pod that goes moves all of its sessions.
        assert behaviour["scaleDown"]["stabilizationWindowSeconds"] == 1800
        assert behaviour["scaleDown"]["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 300}]
