"""What the tests read of Deploy/ and Docs/."""

import json
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "Deploy" / "prometheus"
RULES = PROMETHEUS / "rules.yaml"
GRAFANA = ROOT / "Deploy" / "grafana"
ALERTMANAGER = ROOT / "Deploy" / "alertmanager" / "alertmanager.yml"
RUNBOOK = ROOT / "Docs" / "operations" / "runbook.md"
MONITORING = ROOT / "Docs" / "operations" / "monitoring.md"
JOB = "chat-broker"

_METRIC = re.compile(r"\b(?:chat|process)_[a-z_]+\b")


def rules():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def alerts():
    return [rule for rule in rules() if "alert" in rule]


def recordings():
    return [rule for rule in rules() if "record" in rule]


def dashboards():
    """The dashboards by the names of their files."""
    return {file.name: json.loads(file.read_text()) for file in sorted((GRAFANA / "dashboards").glob("*.json"))}


def panels(dashboard):
    """The panels that show something."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def metrics_of(expression):
    """The broker's own metrics that an expression reads, as a node names them."""
    # What is recorded has names with colons.
    plain = re.sub(r"\w+:[\w:]+", "", expression)
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in _METRIC.findall(plain)}
