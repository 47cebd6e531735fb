"""A gate does not pass because its machine permits too little."""

import pytest
from permitted import require

WHAT = "mounting a file system (mount, as root)"


def test_what_is_permitted_is_tested(monkeypatch):
    for value in ("", "true"):
        monkeypatch.setenv("CI", value)
        require(True, WHAT)


@pytest.mark.parametrize("value", [None, ""])
def test_what_a_persons_machine_does_not_permit_is_left_out(monkeypatch, value):
    monkeypatch.delenv("CI", raising=False)
    if value is not None:
        monkeypatch.setenv("CI", value)
    with pytest.raises(pytest.skip.Exception, match="mount, as root"):
        require(False, WHAT)


def test_what_a_gate_does_not_permit_fails(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="mount, as root"):
        require(False, WHAT)
