"""What rules and dashboards ask for is there, in a real Prometheus that reads brokers under load."""

import re
import time

import repository

# Far more than a panel needs, which is two samples a second apart; what is missing after that stays missing.
PATIENCE = 90
VARIABLES = {
    "$__rate_interval": "10s",
    "$job": repository.JOB,
    "$instance": ".*",
}


def substituted(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression, f"a variable without a value: {expression}"
    return expression


def panel_expressions():
    return {
        f"{file}, {panel['title']}: {target['expr']}": substituted(target["expr"])
        for file, dashboard in repository.dashboards().items()
        for panel in repository.panels(dashboard)
        for target in panel["targets"]
    }


def exposed_metrics(monitored):
    return {line.split()[2] for line in monitored.exposed() if line.startswith("# TYPE ")}


def test_every_metric_that_is_asked_for_exists(monitored):
    expressions = [rule["expr"] for rule in repository.rules()] + list(panel_expressions().values())
    wanted = set().union(*map(repository.metrics_of, expressions))
    assert len(wanted) > 20, "the names are not found in the expressions"
    # Some are there only when the load has made its first mistakes.
    deadline = time.monotonic() + PATIENCE
    while missing := sorted(wanted - exposed_metrics(monitored)):
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert not missing, "no broker has:\n" + "\n".join(missing)


def test_every_check_that_is_asked_for_exists(monitored):
    expressions = [rule["expr"] for rule in repository.rules()] + list(panel_expressions().values())
    wanted = {name for expression in expressions for name in re.findall(r'check!?="(\w+)"', expression)}
    assert wanted
    exposed = "\n".join(monitored.exposed())
    missing = [name for name in sorted(wanted) if f'chat_healthy{{check="{name}"}}' not in exposed]
    assert not missing, "no broker has the checks:\n" + "\n".join(missing)


def test_every_panel_has_data(monitored):
    expressions = panel_expressions()
    empty = monitored.without_data(set(expressions.values()), PATIENCE)
    told = [what for what, expression in expressions.items() if expression in empty]
    assert not told, (
        f"no data in {len(told)} of {len(expressions)}:\n" + "\n".join(told)
        + f"\n(a stranger at the guarded broker: {monitored.refusal})"
    )


def test_every_recording_rule_has_data(monitored):
    names = {rule["record"] for rule in repository.recordings()}
    empty = monitored.without_data(names, PATIENCE)
    assert not empty, "nothing is recorded as:\n" + "\n".join(sorted(empty))


def test_no_rule_fails_when_it_is_evaluated(monitored):
    assert not monitored.without_data(["job:chat_messages_published:rate1h"], PATIENCE)
    rules = [rule for group in monitored.prometheus.ask("rules")["groups"] for rule in group["rules"]]
    assert len(rules) == len(repository.rules())
    broken = {rule["name"]: rule["lastError"] for rule in rules if rule["health"] == "err"}
    assert not broken


def test_every_expression_is_one(monitored):
    for what, expression in panel_expressions().items():
        assert monitored.prometheus.ask("format_query", query=expression), what
