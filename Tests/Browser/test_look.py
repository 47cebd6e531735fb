"""Narrow and dark, right to left, without a mouse; and pictures of it."""

from chat.v1.client_pb2 import ClientFrame
from playwright.sync_api import expect


def test_a_narrow_page_shows_the_list_or_the_conversation(visit, name):
    group = name("lobby")
    alice = visit(name("alice"), viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    side, main = alice.page.locator(".side"), alice.page.locator(".main")
    expect(side).to_be_visible()
    expect(main).to_be_hidden()
    alice.page.get_by_role("button", name="New conversation", exact=True).click()
    alice.page.get_by_role("combobox").fill(group)
    alice.page.get_by_role("option", name="Join the group").click()
    expect(side).to_be_hidden()
    alice.say("from my phone")
    alice.expect_messages(["from my phone"])
    assert alice.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    alice.page.get_by_role("button", name="Back to the list").click()
    expect(side).to_be_visible()
    expect(main).to_be_hidden()
    alice.item(group).click()
    alice.expect_messages(["from my phone"])
    alice.page.go_back()
    expect(side).to_be_visible()


def test_the_message_box_has_its_height_from_the_first_moment(visit, name):
    by_keyboard = visit(name("alice"))
    by_keyboard.join(name("lobby"))
    by_address = visit(name("bob"), at=f"#user:{name('carol')}")
    expect(by_address.composer).to_be_visible()
    for page in (by_keyboard, by_address):
        # One line, with what is around it.
        page.page.wait_for_function("document.querySelector('#text').getBoundingClientRect().height >= 30")
        assert page.composer.bounding_box()["height"] < 50
        page.composer.fill("one\ntwo\nthree")
        assert page.composer.bounding_box()["height"] > 70


def test_a_size_stays_in_one_line(visit, connect, name):
    group = name("lobby")
    bob = connect(name("bob"))
    bob.join(f"group:{group}")
    alice = visit(name("alice"), viewport={"width": 360, "height": 740})
    alice.join(group)
    # Of each length, so that some line ends where the size stands.
    for length in range(10, 60, 2):
        bob.publish(f"group:{group}", b"abc", content_type="application/" + "x" * length)
    expect(alice.page.locator(".attachment")).to_have_count(25)
    sizes = alice.page.eval_on_selector_all(".attachment", """rows => rows.map((row) => {
      const node = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
      let text = null;
      while (node.nextNode()) if (node.currentNode.data.includes("3 bytes")) text = node.currentNode;
      const range = document.createRange();
      range.setStart(text, text.data.indexOf("3 bytes"));
      range.setEnd(text, text.data.length);
      return range.getClientRects().length;
    })""")
    assert set(sizes) == {1}


def test_long_names_leave_room_for_what_is_said(visit, connect, name):
    long = name("n" * 120)
    eve = connect(long)
    eve.join(f"group:{long}")
    eve.publish(f"group:{long}", "hello to all")
    alice = visit(name("alice"))
    alice.join(long)
    alice.expect_messages(["hello to all"])
    assert alice.composer.bounding_box()["height"] < 50
    assert alice.messages.locator(".sender").bounding_box()["height"] < 30
    said = alice.item(long).locator(".item-text").evaluate("""line => {
      const range = document.createRange();
      range.selectNode(line.lastChild);
      return line.getBoundingClientRect().right - range.getBoundingClientRect().left;
    }""")
    assert said > 50


def test_a_notice_does_not_cover_what_is_being_written(visit, name):
    alice = visit(name("alice"), at=f"#group:{name('lobby')}", viewport={"width": 390, "height": 740})
    alice.page.get_by_role("button", name="Join").click()
    alice.page.evaluate("location.hash = '#user:a%00b'")
    notice = alice.page.locator(".notice")
    expect(notice).to_be_visible()
    alice.page.go_back()
    expect(alice.page.locator("#composer")).to_be_visible()
    for part in ("#composer", ".main .bar"):
        box, other = alice.page.locator(part).bounding_box(), notice.bounding_box()
        assert other["y"] + other["height"] <= box["y"] or box["y"] + box["height"] <= other["y"], part


# Of the colours of a text and of what it stands on, as WCAG counts it.
CONTRAST = """([text, ground]) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const luminance = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [
    getComputedStyle(document.querySelector(text)).color,
    getComputedStyle(document.querySelector(ground)).backgroundColor,
  ].map(luminance).sort((left, right) => left - right);
  return (light + 0.05) / (dark + 0.05);
}"""


def test_small_text_can_be_told_from_its_ground(visit, name):
    alice = visit(name("alice"))
    alice.join(name("lobby"))
    alice.say("hello")
    alice.expect_messages(["hello"])
    selected = ".item[aria-current=true]"
    for scheme in ("light", "dark"):
        alice.page.emulate_media(color_scheme=scheme)
        for text, ground in (
            (f"{selected} .item-time", selected), (f"{selected} .item-text", selected), ("#subtitle", ".main"),
            (".own .meta", ".own .bubble"), (".day", ".main"), ("#search", "#search"),
        ):
            assert alice.page.evaluate(CONTRAST, [text, ground]) >= 4.5, f"{scheme}: {text}"


def brightness(page):
    """Of the conversation's ground: 0 is black, 255 white."""
    return page.page.evaluate("""() => {
      const canvas = new OffscreenCanvas(1, 1).getContext("2d");
      canvas.fillStyle = getComputedStyle(document.querySelector(".main")).backgroundColor;
      canvas.fillRect(0, 0, 1, 1);
      return canvas.getImageData(0, 0, 1, 1).data[0];
    }""")


def test_the_theme_is_that_of_the_system_until_another_is_chosen(visit, name):
    alice = visit(name("alice"), color_scheme="dark")
    assert brightness(alice) < 60
    button = alice.page.get_by_role("button", name="Theme")
    expect(button).to_have_attribute("aria-label", "Theme: as the system")
    button.click()
    expect(button).to_have_attribute("aria-label", "Theme: light")
    assert brightness(alice) > 200
    alice.page.reload()
    assert brightness(alice) > 200
    button.click()
    assert brightness(alice) < 60
    alice.page.emulate_media(color_scheme="light")
    assert brightness(alice) < 60
    button.click()
    assert brightness(alice) > 200


def test_text_from_right_to_left_begins_at_the_right(visit, connect, name):
    group = name("lobby")
    bob = connect(name("bob"))
    bob.join(f"group:{group}")
    bob.publish(f"group:{group}", "שלום לכולם, מה נשמע? זו הודעה קצת יותר ארוכה כדי שתתפרס על פני כמה שורות. " * 3)
    bob.publish(f"group:{group}", "plain text, long enough to go over the end of its line and on to the next. " * 3)
    alice = visit(name("alice"))
    alice.join(group)
    expect(alice.messages).to_have_count(2)
    edges = alice.page.eval_on_selector_all("#log .message .text", """texts => texts.map((text) => {
      const range = document.createRange();
      range.selectNodeContents(text);
      const lines = [...range.getClientRects()];
      const box = text.getBoundingClientRect();
      const last = lines.at(-1);
      return [last.left - box.left, box.right - last.right];
    })""")
    (left, right), (plain_left, plain_right) = edges
    assert right < 2 and left > 2
    assert plain_left < 2 and plain_right > 2
    # What is written takes its direction from its first letters too.
    alice.composer.fill("مرحبا")
    assert alice.composer.evaluate("box => getComputedStyle(box).direction") == "rtl"


def test_a_sender_in_the_list_stands_before_a_text_of_either_direction(visit, connect, name):
    groups = {name("rtl"): "שלום לכולם", name("ltr"): "hello to all"}
    bob, alice = connect(name("bob")), visit(name("alice"))
    for group, text in groups.items():
        bob.join(f"group:{group}")
        bob.publish(f"group:{group}", text)
        alice.join(group)
        expect(alice.item(group).locator(".item-text")).to_have_text(f"{name('bob')}: {text}")
    (rtl_sender, rtl_text), (ltr_sender, ltr_text) = (alice.item(group).locator(".item-text").evaluate("""line => {
      const range = document.createRange();
      range.selectNodeContents(line.lastChild);
      return [line.querySelector("bdi").getBoundingClientRect(), range.getBoundingClientRect()];
    }""") for group in groups)
    # A colon and a space are between them.
    assert 4 < rtl_sender["left"] - rtl_text["right"] < 16
    assert 4 < ltr_text["left"] - ltr_sender["right"] < 16


def test_everything_can_be_done_with_the_keyboard(visit, connect, name):
    first, second = name("first"), name("second")
    alice = visit(name("alice"))
    keyboard = alice.page.keyboard
    for group in (first, second):
        keyboard.press("Control+k")
        expect(alice.page.get_by_role("combobox")).to_be_focused()
        keyboard.type(group)
        expect(alice.page.get_by_role("option", name="Join the group")).to_be_visible()
        # Of the three that the name may stand for, the group is the second.
        keyboard.press("ArrowDown")
        keyboard.press("Enter")
        expect(alice.composer).to_be_focused()
        keyboard.type(f"one line of {group}")
        keyboard.press("Shift+Enter")
        keyboard.type("and another")
        keyboard.press("Enter")
        alice.expect_messages([f"one line of {group}\nand another"])
    assert alice.titles() == [second, first]

    # From the conversation to the list, down, and in.
    keyboard.press("Escape")
    expect(alice.item(second)).to_be_focused()
    keyboard.press("ArrowDown")
    expect(alice.item(first)).to_be_focused()
    # A ring shows where one is.
    assert alice.item(first).evaluate("item => getComputedStyle(item).outlineStyle") == "solid"
    keyboard.press("Enter")
    expect(alice.page.locator("#title")).to_have_text(first)
    expect(alice.composer).to_be_focused()
    keyboard.press("Alt+ArrowUp")
    expect(alice.page.locator("#title")).to_have_text(second)

    # By name, and away again without choosing.
    keyboard.press("Control+k")
    keyboard.type(first)
    keyboard.press("Enter")
    expect(alice.page.locator("#title")).to_have_text(first)
    keyboard.press("Control+k")
    keyboard.press("Escape")
    expect(alice.page.get_by_role("combobox")).to_be_hidden()
    expect(alice.composer).to_be_focused()


def test_names_and_roles_are_there_for_screen_readers(visit, name):
    alice = visit(name("alice"))
    alice.join(name("lobby"))
    alice.say("hello")
    page = alice.page
    log = page.get_by_role("log", name="Messages")
    expect(log.get_by_role("article")).to_have_count(1)
    expect(log).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("navigation", name="Conversations").get_by_role("button")).to_have_attribute(
        "aria-current", "true")
    # Nothing that can be pressed is without a name.
    nameless = page.eval_on_selector_all("button", """buttons => buttons
      .filter((button) => button.checkVisibility() && !(button.ariaLabel ?? button.innerText).trim())
      .map((button) => button.outerHTML)""")
    assert nameless == []


def test_motion_is_left_out_where_it_is_not_wanted(visit, name):
    alice = visit(name("alice"), reduced_motion="reduce")
    alice.join(name("lobby"))
    alice.say("hello")
    alice.expect_messages(["hello"])
    assert alice.page.evaluate("document.getAnimations().length") == 0


def test_pictures(visit, connect, own_broker, pictures):
    people = {person: connect(person, port=own_broker.port) for person in ("alice", "bob", "carol", "dave")}
    talk(people)
    pages = {
        suffix: visit(
            "alice", port=own_broker.http_port, color_scheme=scheme, viewport={"width": 1180, "height": 740},
            device_scale_factor=2)
        for scheme, suffix in (("light", ""), ("dark", "-dark"))
    }
    for alice in pages.values():
        alice.open("design")
        alice.expect_last("Then let us keep it, and go on with the list.")
    for person in ("bob", "carol", "dave"):
        read = ClientFrame()
        read.mark_read.positions.add(conversation="group:design", sequence=9)
        people[person].send(read)
    for suffix, alice in pages.items():
        expect(alice.messages.get_by_role("img", name="Read")).to_have_count(2)
        alice.page.screenshot(path=pictures.folder / f"chat{suffix}.png")


def talk(people):
    def say(person, to, text):
        people[person].publish(to, text)

    for group in ("design", "lobby"):
        for person in people.values():
            person.join(f"group:{group}")
    say("dave", "group:lobby", "Lunch at one?")
    say("dave", "broadcast:everyone", "The building closes at eight today.")
    say("carol", "user:alice", "Did the new build reach you?")
    say("bob", "group:design", "I tried the new reading order with three people this morning.")
    say("bob", "group:design", "All of them found the unread line without being told.")
    say("carol", "group:design", "That is good to hear. Was anything unclear?")
    say("alice", "group:design", "One asked what the ticks mean, so the tooltip should say it.")
    say("alice", "group:design", "I will write it down today.")
    say("dave", "group:design", "The notes are at https://example.org/notes/reading-order")
    say("carol", "group:design", "שלום! הטקסט מימין לשמאל נראה טוב עכשיו.")
    say("bob", "group:design", "Then let us keep it, and go on with the list.")
