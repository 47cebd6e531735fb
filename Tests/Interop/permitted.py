"""What a machine may not permit. On people's machines the tests that need it are left out; no gate passes without them."""

import os

import pytest


def require(is_permitted, what):
    """Leaves the test out if something is not permitted, and fails it where the variable CI is set.

    :param what: that is not permitted, as the subject of a sentence"""
    if is_permitted:
        return
    reason = f"{what} is not permitted here"
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI is set: permit it, or nobody knows what this test would find", pytrace=False)
    pytest.skip(reason)
