"""Rules and alerts, as the tools of Prometheus see them."""

import re
import subprocess

import pytest
import repository
import yaml

RULE_TESTS = sorted(repository.PROMETHEUS.glob("rules*.test.yaml"))


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_rules_are_valid():
    run("promtool", "check", "rules", str(repository.RULES))


def test_the_configuration_of_prometheus_is_valid():
    run("promtool", "check", "config", str(repository.PROMETHEUS / "prometheus.yml"))


@pytest.mark.parametrize("file", RULE_TESTS, ids=lambda file: file.name)
def test_alerts_fire_where_they_should_and_only_there(file):
    run("promtool", "test", "rules", str(file))


def test_each_alert_is_seen_to_fire_and_to_stay_silent():
    fires, silent = set(), set()
    for file in RULE_TESTS:
        for test in yaml.safe_load(file.read_text())["tests"]:
            for case in test.get("alert_rule_test", []):
                (fires if case["exp_alerts"] else silent).add(case["alertname"])
    names = {alert["alert"] for alert in repository.alerts()}
    assert fires == names
    assert silent == names


def test_each_alert_says_how_bad_it_is_and_what_to_do():
    for alert in repository.alerts():
        name = alert["alert"]
        assert alert["labels"]["severity"] in ("critical", "warning"), name
        assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}, name
        assert alert["annotations"]["runbook_url"] == f"Docs/operations/runbook.md#{name.lower()}", name


def test_the_bucket_of_the_latency_objective_stands_in_all_its_rules():
    ends = {end for rule in repository.rules() for end in re.findall(r'le="([^"]+)"', rule["expr"])}
    assert ends == {"0.1024"}


def test_the_configuration_of_alertmanager_is_valid():
    run("amtool", "check-config", str(repository.ALERTMANAGER))


@pytest.mark.parametrize(("severity", "receiver"), [("critical", "pages"), ("warning", "tickets")])
def test_alerts_go_where_their_severity_says(severity, receiver):
    said = run("amtool", "config", "routes", "test", f"--config.file={repository.ALERTMANAGER}", f"severity={severity}")
    assert said.split() == [receiver]


def test_what_keeps_others_quiet_are_alerts():
    names = {alert["alert"] for alert in repository.alerts()}
    for rule in yaml.safe_load(repository.ALERTMANAGER.read_text())["inhibit_rules"]:
        for matcher in rule["source_matchers"] + rule["target_matchers"]:
            assert matcher.split(" = ")[1] in names


def test_the_files_are_tidy():
    lint = repository.ROOT / "Tests" / "Monitoring" / "yamllint.yaml"
    folders = ("prometheus", "alertmanager", "grafana", "envoy")
    run("yamllint", "--strict", "-c", str(lint), *(str(repository.ROOT / "Deploy" / name) for name in folders))
