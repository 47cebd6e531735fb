"""Which objects each overlay has. Other tests look at those that are there, and would not miss one."""

import re

from conftest import OVERLAYS

EVERYWHERE = {
    "ConfigMap/chat-broker",
    "NetworkPolicy/chat-broker",
    "PodDisruptionBudget/chat-broker",
    "Secret/chat-broker",
    "Service/chat-broker",
    "Service/chat-broker-headless",
    "ServiceAccount/chat-broker",
    "StatefulSet/chat-broker",
}
IN_PRODUCTION = EVERYWHERE | {
    "CronJob/chat-broker-backup-daily",
    "CronJob/chat-broker-backup-weekly",
    "CronJob/chat-broker-restore",
    "Deployment/chat-broker-backup-shell",
    "HorizontalPodAutoscaler/chat-broker",
    "Ingress/chat-broker",
    "Namespace/chat",
    "NetworkPolicy/chat-broker-backup",
    "PersistentVolumeClaim/chat-broker-backup",
    "PrometheusRule/chat-broker",
    "ServiceMonitor/chat-broker",
}
OBJECTS = {
    "overlays/development": EVERYWHERE | {"Namespace/chat-development"},
    "overlays/production": IN_PRODUCTION,
    # Istio's Gateway takes the place of the Ingress.
    "overlays/canary": IN_PRODUCTION - {"Ingress/chat-broker"} | {
        "ConfigMap/chat-broker-canary",
        "DestinationRule/chat-broker",
        "Gateway/chat-broker",
        "ServiceAccount/chat-broker-canary",
        "StatefulSet/chat-broker-canary",
        "VirtualService/chat-broker",
    },
    "overlays/keda": IN_PRODUCTION - {"HorizontalPodAutoscaler/chat-broker"} | {"ScaledObject/chat-broker"},
    "logging": {
        "ClusterRole/fluentd",
        "ClusterRoleBinding/fluentd",
        "ConfigMap/fluentd",
        "DaemonSet/fluentd",
        "Namespace/logging",
        "ServiceAccount/fluentd",
    },
}


def test_the_table_has_every_overlay():
    assert set(OBJECTS) == set(OVERLAYS)


def test_an_overlay_has_these_objects_and_no_others(manifests, overlay):
    # Without the hash of the content that kustomize adds.
    found = {re.sub(r"-[a-z0-9]{10}$", "", str(one)) if one["kind"] == "ConfigMap" else str(one) for one in manifests}
    assert found == OBJECTS[overlay]
