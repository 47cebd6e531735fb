"""The rules of Prometheus in the cluster are those that promtool has tested."""

import subprocess

import yaml
from manifests import ROOT, only

SCRIPT = ROOT / "Deploy/kubernetes/rules.sh"


def test_the_prometheus_rule_is_what_the_script_makes_of_the_rules():
    done = subprocess.run([SCRIPT, "--check"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr


def test_the_prometheus_rule_says_the_same_as_the_file_of_rules(production):
    rules = yaml.safe_load((ROOT / "Deploy/prometheus/rules.yaml").read_text())
    assert only(production, "PrometheusRule", "chat-broker")["spec"] == rules
