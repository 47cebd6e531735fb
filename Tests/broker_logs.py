"""Shows the brokers of a test that has failed: whether they run, and what they said last."""

import pytest

LAST_LINES = 60


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        brokers = {name: value for name, value in getattr(item, "funcargs", {}).items() if is_broker(value)}
        report.sections += [(f"broker in {name}", described(broker)) for name, broker in brokers.items()]
    return report


def is_broker(value):
    return callable(getattr(value, "log", None)) and hasattr(getattr(value, "process", None), "poll")


def described(broker):
    status = broker.process.poll()
    state = "It runs." if status is None else f"It ended with {status}."
    return "\n".join([state, *broker.log().splitlines()[-LAST_LINES:]])
