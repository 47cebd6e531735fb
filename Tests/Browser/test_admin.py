"""Somebody operates a broker with its console."""

import itertools
import math
import re
import threading
import time

import pytest
from admin_page import ConsolePage
from chat_client import ChatClient, Refused
from playwright.sync_api import expect
from web_broker import WebBroker

HOSTILE = "<img src=x onerror=alert(1)>\u202e<script>alert(2)</script>\u0007\u001b[31m\u009b\U0001f469\u200d\U0001f467"
# What turns the direction of the text around, and what controls, is shown instead of done. An emoji stays whole.
SHOWN = HOSTILE.translate({code: f"⟨U+{code:04X}⟩" for code in (0x202E, 0x07, 0x1B, 0x9B)})


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    broker = WebBroker(tmp_path_factory.mktemp("console")).start()
    yield broker
    broker.kill()


@pytest.fixture
def own(tmp_path):
    """A broker that the test may end."""
    broker = WebBroker(tmp_path).start()
    yield broker
    broker.kill()


@pytest.fixture
def console(browser):
    """Opens the console of a broker. Afterwards, nothing may be wrong."""
    pages = []

    def console(broker, *, key=None, **options):
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        pages.append(ConsolePage(context, f"http://127.0.0.1:{broker.admin_port}/admin"))
        if key != "":
            pages[-1].give_key(key or broker.key)
        return pages[-1]

    yield console
    for page in pages:
        page.close()
    for page in pages:
        assert page.faults == []


@pytest.fixture
def client():
    """Connects over TCP."""
    opened = []

    def client(broker, user, **options):
        opened.append(ChatClient("127.0.0.1", broker.port, user, **options))
        return opened[-1]

    yield client
    for each in opened:
        each.close()


@pytest.fixture
def load():
    """Publishes to a conversation again and again until the test ends."""
    end = threading.Event()
    threads = []

    def load(broker, to, sender):
        def publish():
            while not end.is_set():
                broker.ask("/v1/publish", "POST", {"sender": sender, "to": [to], "text": "load"})
                time.sleep(0.01)

        threads.append(threading.Thread(target=publish))
        threads[-1].start()

    yield load
    end.set()
    for thread in threads:
        thread.join()


def test_a_wrong_key_is_refused_with_a_sentence(shared, console):
    page = console(shared, key="wrong")
    error = page.page.get_by_role("alert").filter(has_text="refused this key")
    expect(error).to_contain_text("admin.key")
    expect(page.page.locator("#console")).to_be_hidden()
    page.give_key("schlüssel")
    expect(page.page.locator("#key-error")).to_contain_text("ASCII")
    page.give_key(shared.key)
    expect(page.state).to_have_text("Running")


def test_the_key_stays_for_the_tab_until_it_is_forgotten(shared, console):
    page = console(shared)
    expect(page.state).to_have_text("Running")
    page.page.reload()
    expect(page.state).to_have_text("Running")
    page.page.get_by_role("button", name="Forget key").click()
    expect(page.page.get_by_label("Admin key")).to_be_focused()
    page.page.reload()
    expect(page.page.get_by_label("Admin key")).to_be_visible()


def test_the_head_tells_which_broker_this_is(shared, console):
    broker = shared.ask("/v1/broker")
    page = console(shared)
    expect(page.page.locator("#node")).to_have_text(broker["node"])
    expect(page.page.locator("#version")).to_have_text(broker["version"])
    for listener in broker["listeners"]:
        expect(page.page.locator("#listeners")).to_contain_text(listener["address"])
    expect(page.row("nodes", broker["node"])).to_contain_text("Running")


def test_numbers_move_under_load(shared, console, client, load, name):
    group = f"group:{name('busy')}"
    reader = client(shared, name("reader"))
    reader.join(group)
    sender = client(shared, name("sender"))
    sender.join(group)
    page = console(shared)
    load(shared, group, name("sender"))

    positive = re.compile(r"^[1-9]|^0\.[1-9]")
    for tile in ("messages", "deliveries", "bytes", "sessions", "users", "p50", "p99"):
        expect(page.tile(tile)).to_have_text(positive)
    row = page.row("traffic", group)
    expect(row.locator("td").last).to_have_text(positive)
    # The plots read what the tiles do, and so does the keyboard.
    plot = page.page.get_by_role("slider", name="Messages per second")
    plot.focus()
    plot.press("End")
    expect(plot).to_have_attribute("aria-valuetext", re.compile(r"\d\d:\d\d:\d\d: [\d.,]+ (k)?/s"))


def test_a_session_is_disconnected(shared, console, client, name):
    user = name("phone-owner")
    client(shared, user, device="old phone")
    page = console(shared)
    row = page.row("slow", user)
    expect(row).to_contain_text("old phone")
    row.get_by_role("button", name=f"of {user}").filter(has_text="Details").click()
    dialog = page.page.get_by_role("dialog")
    expect(dialog).to_contain_text("old phone")
    dialog.get_by_role("button", name="Close").click()

    row.get_by_role("button", name="Disconnect").click()
    expect(dialog).to_contain_text(user)
    dialog.get_by_role("button", name="Cancel").click()
    assert len(shared.sessions_of(user)) == 1
    row.get_by_role("button", name="Disconnect").click()
    dialog.get_by_role("button", name="Disconnect").click()
    expect(page.page.locator("#announcement")).to_contain_text("was disconnected")
    expect(row).to_have_count(0)
    assert shared.sessions_of(user) == []


def test_a_slow_consumer_comes_first_and_is_disconnected(shared, console, client, name):
    group = f"group:{name('heavy')}"
    slow = client(shared, name("slow"))
    slow.join(group)
    writer = client(shared, name("writer"))
    writer.join(group)
    # More than the buffers of two sockets hold.
    for _ in range(300):
        writer.publish(group, b"." * 50_000)
        while writer.next_update(timeout=0):
            pass
    page = console(shared)
    first = page.page.locator("#slow tbody tr").first
    expect(first).to_contain_text(name("slow"))
    expect(first).to_contain_text("not reading")
    expect(page.tile("lagging")).to_have_text("1")
    first.get_by_role("button", name="Disconnect").click()
    page.page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.page.locator("#announcement")).to_contain_text("was disconnected")
    expect(page.tile("lagging")).to_have_text("0")


def test_a_user_is_found_and_all_sessions_disconnected(shared, console, client, name):
    user = name("two-devices")
    for device in ("laptop", "tablet"):
        client(shared, user, device=device)
    page = console(shared)
    page.page.get_by_label("User", exact=True).fill(user)
    page.page.keyboard.press("Enter")
    found = page.page.locator("#found")
    expect(found).to_contain_text("2 sessions")
    expect(found).to_contain_text("tablet")
    found.get_by_role("button", name="Disconnect all").click()
    page.page.get_by_role("dialog").get_by_role("button", name="Disconnect all").click()
    expect(found).to_contain_text("is not connected")
    assert shared.sessions_of(user) == []


def test_the_sessions_of_a_user_are_those_of_now(own, console, client):
    laptop = client(own, "ann", device="laptop")
    client(own, "ann", device="tablet")
    page = console(own)
    page.page.get_by_label("User", exact=True).fill("ann")
    page.page.keyboard.press("Enter")
    found = page.page.locator("#found")
    expect(found).to_contain_text("ann has 2 sessions.")
    laptop.close()
    expect(found).to_contain_text("ann has one session.")
    expect(page.row("found", "laptop")).to_have_count(0)
    expect(page.row("found", "tablet")).to_be_visible()
    # Another process has other sessions.
    own.kill()
    expect(page.state).to_have_text("Unreachable")
    own.start()
    expect(found).to_contain_text("ann is not connected.")
    expect(found.get_by_role("button")).to_have_count(0)
    client(own, "ann", device="phone")
    expect(page.row("found", "phone")).to_be_visible()


def test_more_sessions_are_shown_when_they_are_asked_for(own, console, client):
    for number in range(12):
        client(own, f"user-{number}")
    page = console(own)
    rows = page.page.locator("#slow tbody tr")
    foot = page.page.locator("#slow .rest")
    expect(rows).to_have_count(10)
    expect(foot).to_contain_text("2 not shown")
    page.page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(12)
    expect(foot.get_by_role("button")).to_have_text(["Show fewer"])
    page.page.get_by_role("button", name="Longest connected").click()
    expect(rows.first).to_contain_text("user-0")
    expect(rows).to_have_count(12)
    page.page.get_by_role("button", name="Show fewer").click()
    expect(rows).to_have_count(10)
    expect(foot).to_contain_text("2 not shown")


def test_beyond_what_the_broker_lists_users_are_to_be_looked_for(shared, console, client, name):
    client(shared, name("somebody"))
    page = console(shared)
    expect(page.state).to_have_text("Running")

    def answer(route):
        listed = route.fetch().json()
        one = listed["sessions"][0]
        limit = int(re.search(r"limit=(\d+)", route.request.url)[1])
        assert limit <= 1000
        route.fulfill(json={"sessions": [{**one, "session": f"0-{i}-0"} for i in range(limit)], "total": 2345})

    page.page.route("**/v1/sessions?*", answer)
    foot = page.page.locator("#slow .rest")
    for shown in (10, 50, 250):
        expect(foot).to_contain_text(f"{2345 - shown:,} not shown")
        page.page.get_by_role("button", name="Show more").click()
    expect(foot).to_contain_text("1,345 not shown: look for them by their user")
    expect(foot.get_by_role("button")).to_have_text(["Show fewer"])
    page.page.unroute_all(behavior="wait")


def test_a_hostile_device_name_is_text(shared, console, client, name):
    user = name("mallory")
    client(shared, user, device=HOSTILE)
    page = console(shared)
    row = page.row("slow", user)
    expect(row.locator("th small")).to_have_text(SHOWN)
    assert page.page.locator("#slow img, #slow script").count() == 0
    row.get_by_role("button", name="Details").click()
    expect(page.page.get_by_role("dialog")).to_contain_text(SHOWN)
    assert page.page.locator("dialog img, dialog script").count() == 0


def test_pausing_holds_the_numbers(shared, console):
    page = console(shared)
    expect(page.state).to_have_text("Running")
    page.page.get_by_role("button", name="Pause").click()
    expect(page.state).to_have_text("Paused")
    asked = []
    page.page.on("request", lambda request: asked.append(request.url))
    page.page.wait_for_timeout(2500)
    assert asked == []
    expect(page.page.locator("#announcement")).to_contain_text("Paused")
    page.page.get_by_role("button", name="Go on").click()
    expect(page.page.locator("#announcement")).to_be_empty()
    expect(page.state).to_have_text("Running")


def test_an_answer_that_comes_after_a_pause_changes_nothing(shared, console):
    page = console(shared)
    expect(page.state).to_have_text("Running")
    held = []
    page.page.route("**/v1/statistics*", lambda route: held.append(route))
    while not held:
        page.page.wait_for_timeout(50)
    page.page.get_by_role("button", name="Pause").click()
    expect(page.state).to_have_text("Paused")
    with page.page.expect_response("**/v1/statistics*"):
        held[0].continue_()
    page.page.wait_for_timeout(500)
    expect(page.state).to_have_text("Paused")
    page.page.unroute_all(behavior="wait")


@pytest.fixture
def patient(tmp_path):
    """A broker that ends when the last session has left, and not before."""
    broker = WebBroker(tmp_path, environment={"CHAT_DRAIN_GRACE_MS": "600000"}).start()
    yield broker
    broker.kill()


def test_draining_is_asked_for_twice_and_shows_its_progress(patient, console, client):
    sessions = [client(patient, f"user-{number}") for number in range(3)]
    node = patient.ask("/v1/broker")["node"]
    page = console(patient)
    page.page.get_by_role("button", name="Drain…").click()
    dialog = page.page.get_by_role("dialog")
    confirm = dialog.get_by_role("button", name="Drain this node")
    expect(confirm).to_be_disabled()
    dialog.get_by_role("textbox").fill("another node")
    expect(confirm).to_be_disabled()
    dialog.get_by_role("textbox").fill(node)
    confirm.click()
    expect(page.state).to_have_text("Draining")
    expect(page.page.get_by_role("button", name="Drain…")).to_be_disabled()
    for left in (3, 2, 1):
        while len(sessions) > left:
            sessions.pop().close()
        expect(page.page.locator("#drain-count")).to_have_text(f"{left} of 3 sessions left")
        expect(page.page.get_by_role("progressbar", name=f"{left} of 3")).to_have_js_property("value", 3 - left)
    patient.kill()
    expect(page.state).to_have_text("Gone")
    expect(page.page.locator("#banner")).to_contain_text("When it last answered, one session was still connected.")


def test_a_broker_that_is_gone_is_told(own, console):
    page = console(own)
    expect(page.state).to_have_text("Running")
    own.kill()
    expect(page.state).to_have_text("Unreachable")
    expect(page.page.locator("#banner")).to_contain_text("No answer from 127.0.0.1")


# Elements that reach over the edge, and are not in a table that moves.
BEYOND = """[...document.querySelectorAll("body *")]
  .filter((node) => node.getBoundingClientRect().right > innerWidth && !node.closest(".table, .unseen, [hidden], dialog"))
  .map((node) => node.outerHTML.slice(0, 100))"""


def test_the_console_fits_a_narrow_screen(shared, console, client, name):
    client(shared, "w" * 64, device="d" * 120)
    group = f"group:{name('g' * 60)}"
    client(shared, name("member")).join(group)
    page = console(shared, viewport={"width": 360, "height": 740})
    expect(page.row("slow", "wwww")).to_be_visible()
    expect(page.row("nodes", "chat-1")).to_be_visible()
    for width in (360, 320):
        page.page.set_viewport_size({"width": width, "height": 740})
        # Which fonts there are differs from system to system: with wide letters, too, all stays in its place.
        for spacing in ("normal", "0.12em"):
            page.page.evaluate("spacing => { document.body.style.letterSpacing = spacing; }", spacing)
            assert page.page.evaluate(BEYOND) == [], f"{width} {spacing}"
            assert page.page.evaluate("document.documentElement.scrollWidth") <= width
            for card in page.page.locator(".card").all():
                box = card.bounding_box()
                assert box["x"] >= 0 and box["x"] + box["width"] <= width
    # What does not fit is reached within its table.
    slow = page.page.locator("#slow .table")
    slow.evaluate("table => table.scrollTo(table.scrollWidth, 0)")
    button = page.row("slow", "wwww").get_by_role("button").last.bounding_box()
    assert button["x"] + button["width"] <= 320


INK = "area => area.querySelector('canvas').toDataURL()"


def test_plots_of_deliveries_and_latency_move(shared, console, client, load, name):
    group = f"group:{name('busy')}"
    client(shared, name("reader")).join(group)
    client(shared, name("sender")).join(group)
    page = console(shared)
    load(shared, group, name("sender"))
    for title, read in (
        ("Deliveries per second", r"\d\d:\d\d:\d\d: (?!0 )[\d.,]+ (k)?/s"),
        ("Publish latency", r"\d\d:\d\d:\d\d: p50 [\d.,]+ .?s, p99 [\d.,]+ .?s"),
    ):
        plot = page.page.get_by_role("slider", name=title)
        drawn = plot.evaluate(INK)
        # What is drawn is another picture a few seconds later.
        for _ in range(60):
            if plot.evaluate(INK) != drawn:
                break
            page.page.wait_for_timeout(250)
        else:
            raise AssertionError(f"{title}: nothing moves")

        def reads():
            plot.focus()
            plot.press("End")
            return plot.get_attribute("aria-valuetext") or ""

        for _ in range(60):
            if re.fullmatch(read, reads()):
                break
            page.page.wait_for_timeout(250)
        else:
            raise AssertionError(f"{title}: {reads()}")


def test_limits_that_were_hit_are_listed(shared, console, client, name):
    sender = client(shared, name("sender"))
    limit = sender.connected.limits.body_bytes
    page = console(shared)
    expect(page.state).to_have_text("Running")
    for _ in range(3):
        with pytest.raises(Refused):
            sender.publish(f"broadcast:{name('news')}", bytes(limit + 1))
    row = page.row("limits", "body_bytes")
    expect(row).to_contain_text(f"{limit:,}")
    expect(row.locator("td").nth(1)).to_have_text(re.compile("^[3-9]$"))


def test_pictures(own, console, client, pictures):
    """Readers keep up, two do not read, and the load comes in waves."""
    end = threading.Event()

    def read(reader):
        while not end.is_set():
            reader.next_message(timeout=1)

    def write(writer, group, pause):
        while not end.is_set():
            writer.publish(f"group:{group}", "words " * 500)
            end.wait(pause * (1.6 + math.sin(time.monotonic() / 12)))

    threads = []
    devices = itertools.cycle(("phone", "laptop", "tablet", "Pixel 9"))
    for group, names, pause in (
        ("stream-finals", "ada bo cleo dan eli fay gus hal ida jon", 0.02),
        ("support", "ada cleo kim lea", 0.06),
        ("class-7b", "bo mia noa", 0.15),
    ):
        for user in names.split():
            reader = client(own, user, device=next(devices))
            reader.join(f"group:{group}")
            threads.append(threading.Thread(target=read, args=(reader,)))
        slow = client(own, f"slow-in-{group}", device="old phone")
        slow.join(f"group:{group}")
        writer = client(own, f"host-of-{group}", device="studio")
        writer.join(f"group:{group}")
        threads.append(threading.Thread(target=write, args=(writer, group, pause)))
    for thread in threads:
        thread.start()
    try:
        page = console(own, viewport={"width": 1440, "height": 1240}, color_scheme="light")
        for group in ("stream-finals", "support", "class-7b"):
            expect(page.row("traffic", f"group:{group}")).to_be_visible()
        expect(page.tile("sessions")).to_have_text(str(len(threads) + 3))
        expect(page.tile("deliveries")).to_have_text(re.compile("^[1-9]"))
        # For people the plots need something to show. The broker closes a session that sends nothing for 90 seconds.
        page.page.wait_for_timeout(75_000 if pictures.are_wanted else 500)
        page.page.screenshot(path=pictures.folder / "admin.png")
    finally:
        end.set()
        for thread in threads:
            thread.join()
