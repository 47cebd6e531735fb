import pytest
from manifests import copy_with_secrets, parse, render

OVERLAYS = ["overlays/development", "overlays/production", "overlays/canary", "overlays/keda", "logging"]


@pytest.fixture(scope="session")
def texts(tmp_path_factory):
    """What each overlay becomes, as text."""
    kubernetes = copy_with_secrets(tmp_path_factory.mktemp("deploy")) / "kubernetes"
    return {overlay: render(kubernetes / overlay) for overlay in OVERLAYS}


@pytest.fixture(scope="session", params=OVERLAYS)
def overlay(request):
    return request.param


@pytest.fixture(scope="session")
def manifests(texts, overlay):
    """The objects of one overlay; a test that takes this runs for each of them."""
    return parse(texts[overlay])


@pytest.fixture(scope="session")
def production(texts):
    return parse(texts["overlays/production"])


@pytest.fixture(scope="session")
def canary(texts):
    return parse(texts["overlays/canary"])
