import itertools
import os
import pathlib
from typing import NamedTuple

import pytest
from chat_client import ChatClient
from page import Page
from playwright.sync_api import sync_playwright
from relay import Relay
from web_broker import WebBroker

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    broker = WebBroker(tmp_path_factory.mktemp("shared")).start()
    yield broker
    broker.kill()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        # Tests may run as root in a container, where the sandbox cannot be set up.
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=["--no-sandbox", "--disable-dev-shm-usage"], timeout=120_000)
        yield browser
        browser.close()


@pytest.fixture
def name():
    """Makes names that no other test uses: name("alice") → "alice-7"."""
    number = next(_numbers)
    return lambda text: f"{text}-{number}"


@pytest.fixture
def connect(broker):
    """Connects over TCP."""
    opened = []

    def connect(user, *, port=None, **options):
        opened.append(ChatClient("127.0.0.1", port or broker.port, user, **options))
        return opened[-1]

    yield connect
    for client in opened:
        client.close()


@pytest.fixture
def relay(broker):
    relay = Relay(broker.http_port)
    yield relay
    relay.close()


@pytest.fixture
def visit(broker, browser):
    """Opens the page in a browser of its own, signed in if a user is given. Afterwards, nothing may be wrong."""
    pages = []

    def visit(user=None, *, port=None, at="", prepare=None, **options):
        context = browser.new_context(**{"viewport": {"width": 1180, "height": 760}, **options})
        if prepare:
            prepare(context)
        page = Page(context, f"http://127.0.0.1:{port or broker.http_port}/{at}")
        pages.append(page)
        if user:
            page.sign_in(user)
        return page

    yield visit
    for page in pages:
        page.close()
    for page in pages:
        assert page.faults == []


@pytest.fixture
def own_broker(tmp_path):
    """A broker that no other test uses."""
    broker = WebBroker(tmp_path).start()
    yield broker
    broker.kill()


class Pictures(NamedTuple):
    folder: pathlib.Path
    are_wanted: bool


@pytest.fixture
def pictures(tmp_path):
    """Where pictures go: they are made in any case, so that what makes them is tested."""
    folder = os.environ.get("CHAT_SCREENSHOTS")
    return Pictures(pathlib.Path(folder or tmp_path), are_wanted=bool(folder))
