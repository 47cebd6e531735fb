"""The chat page of a broker that wants tokens, which the program has made."""

import re
import subprocess
import time

import jwt
import pytest
from broker import EXECUTABLE
from playwright.sync_api import expect
from web_broker import WebBroker

SECRET = "a secret of more than thirty-two bytes"


@pytest.fixture
def secured(tmp_path):
    (tmp_path / "secret").write_text(SECRET)
    broker = WebBroker(tmp_path, environment={"CHAT_AUTH_SECRET_FILE": str(tmp_path / "secret")}).start()
    yield broker
    broker.kill()


@pytest.fixture
def token(tmp_path):
    """Makes a token."""

    def token(user, *options):
        made = subprocess.run(
            [EXECUTABLE, "token", "create", "--user", user, "--secret-file", tmp_path / "secret", *options],
            capture_output=True, text=True, check=True, timeout=30)
        return made.stdout.strip()

    return token


def test_somebody_without_a_token_is_asked_for_one(visit, secured, token):
    page = visit(port=secured.http_port)
    page.page.get_by_label("Name", exact=True).fill("ann")
    page.page.keyboard.press("Enter")
    expect(page.page.get_by_role("alert")).to_have_text(re.compile("^You need a token"))
    # The field is there, it is the one that is wrong, and what is typed goes into it.
    expect_wrong(page, "Token")
    page.page.keyboard.insert_text(token("ann"))
    page.page.keyboard.press("Enter")
    page.expect_online()
    page.join("lobby")
    page.say("hello")
    page.expect_messages(["hello"])


def expect_wrong(page, field):
    """The field is the one that the problem is about, for the eye and for screen readers."""
    for label in ("Name", "Token"):
        box = page.page.get_by_label(label, exact=True)
        expect(box).to_have_attribute("aria-invalid", "true" if label == field else "false")
    wrong = page.page.get_by_label(field, exact=True)
    expect(wrong).to_be_focused()
    expect(wrong).to_have_accessible_description(re.compile(re.escape(page.page.get_by_role("alert").inner_text())))


@pytest.mark.parametrize(
    ("wrong", "field", "sentence", "reason"),
    [
        ("no JWT", "Token", "This token is wrong or has expired.", "UNAUTHENTICATED: "),
        ("expired", "Token", "This token is wrong or has expired.", "UNAUTHENTICATED: the token has expired"),
        ("of another", "Name", "The name and the token do not belong together", "PERMISSION_DENIED: "),
    ],
)
def test_a_refusal_is_told_to_people_beside_the_field_that_is_wrong(
    visit, secured, token, wrong, field, sentence, reason
):
    made = {"no JWT": lambda: "nonsense", "expired": lambda: expired("ann"), "of another": lambda: token("bob")}[wrong]
    page = visit(port=secured.http_port)
    page.page.get_by_label("Name", exact=True).fill("ann")
    page.page.get_by_text("I have a token").click()
    page.page.get_by_label("Token", exact=True).fill(made())
    page.page.keyboard.press("Enter")
    expect(page.page.get_by_role("alert")).to_have_text(re.compile("^" + sentence))
    # What the protocol calls it is there for whom they ask.
    expect(page.page.locator("#sign-in-reason")).to_have_text(re.compile("^" + reason))
    expect_wrong(page, field)
    page.page.get_by_label(field, exact=True).press_sequentially("x")
    expect(page.page.get_by_role("alert")).to_be_empty()
    expect(page.page.locator("#sign-in-reason")).to_be_empty()
    expect(page.page.locator("[aria-invalid=true]")).to_have_count(0)


def expired(user):
    """A token that was good an hour ago."""
    return jwt.encode({"sub": user, "exp": int(time.time()) - 3600}, SECRET, algorithm="HS256")


def test_the_name_is_that_of_the_token(visit, secured, token):
    page = visit(port=secured.http_port)
    page.page.get_by_text("I have a token").click()
    page.page.get_by_label("Token", exact=True).fill(token("ann"))
    page.page.keyboard.press("Enter")
    page.expect_online()
    expect(page.page.locator("#account")).to_have_attribute("aria-label", "Signed in as ann")
    page.page.reload()
    page.expect_online()


def test_a_token_that_expires_is_replaced_without_signing_in_again(visit, secured, token):
    page = visit(port=secured.http_port)
    page.page.get_by_text("I have a token").click()
    # With the 5 s for clocks that differ it is warned after 20 s and ended after 40 s.
    page.page.get_by_label("Token", exact=True).fill(token("ann", "--expires-in", "35s"))
    page.page.keyboard.press("Enter")
    page.expect_online()
    dialog = page.page.get_by_role("dialog", name="Your token expires soon")
    expect(dialog).to_be_visible(timeout=40_000)
    dialog.get_by_label("New token").fill(token("bob"))
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_role("alert")).to_contain_text("somebody else’s")
    expect(dialog.get_by_label("New token")).to_have_attribute("aria-invalid", "true")
    expect(dialog.locator("#renewal-reason")).to_contain_text("bob")
    fresh = token("ann", "--expires-in", "35s")
    dialog.get_by_label("New token").fill(fresh)
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog).to_be_hidden()
    # The second one's warning comes after the first one's end, in the same session.
    expect(dialog).to_be_visible(timeout=45_000)
    page.expect_online()
    assert page.page.evaluate("JSON.parse(sessionStorage.getItem('chat.token'))") == fresh
