"""A long history: all of it can be reached, and the page stays small."""

import itertools

from playwright.sync_api import expect

MESSAGES = 5000
MOST_ROWS = 200
MOST_ELEMENTS = 2500
# Of the broker's publishes of one session that wait for their commit.
AT_ONCE = 500

# The browser scrolls when it likes. What tells is the event; at the top there is none.
BEFORE_WHEEL = """() => {
  window.scrolled = new Promise((done) => {
    document.querySelector("#scroller").addEventListener("scroll", done, { once: true });
    setTimeout(done, 10000);
  });
}"""
AFTER_WHEEL = """async () => {
  await window.scrolled;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


# What scrolling costs: the milliseconds between frames, and how many messages became elements.
RECORD = """() => {
  const record = window.record = { gaps: [], made: 0 };
  let before = performance.now();
  const frame = () => {
    const now = performance.now();
    record.gaps.push(now - before);
    before = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      record.made += [...addedNodes].filter((node) => node.matches(".message")).length;
    }
  }).observe(document.querySelector("#log"), { childList: true });
}"""


def fill(client, group, count):
    """Publishes without waiting for each answer."""
    from chat.v1.client_pb2 import ClientFrame

    for start in range(0, count, AT_ONCE):
        for number in range(start + 1, min(start + AT_ONCE, count) + 1):
            request = ClientFrame()
            request.publish.to.append(group)
            request.publish.body = (f"message {number}" + ", which is longer" * (number % 7)).encode()
            client.send(request)
        while client.history(group, limit=1).last_sequence < min(start + AT_ONCE, count):
            pass


def test_a_long_history_is_scrolled_through(visit, connect, name):
    group = name("long")
    bob = connect(name("bob"), timeout=60)
    bob.join(f"group:{group}")
    fill(bob, f"group:{group}", MESSAGES)
    alice = visit(name("alice"))
    alice.join(group)
    alice.expect_last(f"message {MESSAGES}" + ", which is longer" * (MESSAGES % 7))

    seen = set()
    lowest = MESSAGES + 1
    stuck = 0
    alice.page.locator("#scroller").hover()
    alice.page.evaluate(RECORD)
    while 1 not in seen:
        shown = alice.sequences()
        assert shown == list(range(shown[0], shown[-1] + 1)), "a hole, or out of order"
        assert len(shown) <= MOST_ROWS
        assert alice.element_count() <= MOST_ELEMENTS
        # Every step has a part in common with the one before: nothing is jumped over.
        assert shown[-1] >= lowest - 1
        seen.update(visible(alice))
        stuck = stuck + 1 if shown[0] == lowest else 0
        assert stuck < 200, f"stuck at {lowest}"
        lowest = shown[0]
        # Less than what is in view, and the next one when this one has had its effect: two at once would be more.
        alice.page.evaluate(BEFORE_WHEEL)
        alice.page.mouse.wheel(0, -450)
        alice.page.evaluate(AFTER_WHEEL)
    assert seen == set(range(1, MESSAGES + 1))
    expect_smooth(alice.page.evaluate("record"))
    expect(alice.page.get_by_text("This is the beginning of the group")).to_be_visible()

    # Who reads far back is not moved by what comes, and gets to the end with one click.
    before = visible(alice)
    bob.publish(f"group:{group}", "news")
    button = alice.page.get_by_role("button", name="To the newest message, 1 unread")
    expect(button).to_be_visible()
    assert visible(alice) == before
    button.click()
    alice.expect_last("news")
    expect(button).to_be_hidden()
    assert len(alice.sequences()) <= MOST_ROWS


def expect_smooth(record):
    """Of a history that was scrolled through once. The bounds are far above what is usual, and other programs may hold up
    a frame now and then; but work that takes so long does it with every page, or every few messages."""
    gaps = sorted(record["gaps"])
    assert gaps[len(gaps) // 2] < 100
    assert gaps[len(gaps) * 95 // 100] < 300
    assert sum(gap > 1000 for gap in gaps) <= 5, gaps[-20:]
    # Each message is made once, and some again when the one before it comes: not all with every step.
    assert record["made"] < 1.2 * MESSAGES


def test_who_waits_at_the_top_stays_there_when_more_comes(visit, connect, name):
    group = name("long")
    bob = connect(name("bob"), timeout=60)
    bob.join(f"group:{group}")
    fill(bob, f"group:{group}", 300)
    pages, held = itertools.count(1), []

    def hold_second_page(socket):
        server = socket.connect_to_server()

        def pass_on(data):
            is_held = '"historyPage"' in data and next(pages) == 2
            (held.append if is_held else socket.send)(data)

        held.append(socket)
        server.on_message(pass_on)

    alice = visit(name("alice"), prepare=lambda context: context.route_web_socket("**/v1/ws", hold_second_page))
    alice.join(group)
    while alice.sequences()[:1] != [201] or len(held) < 2:
        alice.page.evaluate("document.querySelector('#scroller').scrollTop = 0")
        alice.page.wait_for_timeout(20)
    socket, page = held
    message = alice.page.locator('[data-sequence="201"]')
    place = message.bounding_box()["y"]
    # Scrolling comes between the page and the frame that draws it.
    alice.page.evaluate("() => { window.requestAnimationFrame = (draw) => setTimeout(draw, 500); }")
    socket.send(page)
    alice.page.wait_for_timeout(200)
    alice.page.evaluate("document.querySelector('#scroller').dispatchEvent(new Event('scroll'))")
    expect(alice.page.locator('[data-sequence="170"]')).to_be_attached()
    alice.page.wait_for_timeout(600)
    # Less by what was above its text before: the first one of a sender has a name.
    assert place - 30 < message.bounding_box()["y"] < place + 30


def visible(page):
    """The sequences of the messages in view."""
    return page.page.evaluate("""() => {
      const frame = document.querySelector("#scroller").getBoundingClientRect();
      return [...document.querySelectorAll("#log .message[data-sequence]")]
        .filter((row) => {
          const { top, bottom } = row.getBoundingClientRect();
          return bottom > frame.top && top < frame.bottom;
        })
        .map((row) => Number(row.dataset.sequence));
    }""")


def test_the_first_unread_message_is_found_however_far_back_it_is(visit, connect, broker, name):
    group = name("busy")
    bob = connect(name("bob"), timeout=60)
    bob.join(f"group:{group}")
    alice = visit(name("alice"))
    alice.join(group)
    bob.publish(f"group:{group}", "read")
    alice.expect_messages(["read"])
    alice.page.get_by_role("button", name="New conversation", exact=True).click()
    alice.page.keyboard.press("Escape")
    alice.write_to(name("bob"))
    fill(bob, f"group:{group}", 450)
    badge = alice.item(group).locator(".badge")
    expect(badge).to_contain_text("450")
    # What a page has acknowledged does not come again: the next one asks for it, from the end.
    while {"user": name("alice"), "delivered": "451", "read": "1"} not in broker.ask(
        f"/v1/conversations/group:{group}/members"
    )["members"]:
        alice.page.wait_for_timeout(100)
    alice.page.reload()
    alice.expect_online()
    alice.open(group)
    last = "message 450" + ", which is longer" * (450 % 7)
    alice.expect_last(last)
    button = alice.page.get_by_role("button", name="To the first unread")
    button.click()
    line = alice.page.locator(".unread-line")
    expect(line).to_be_in_viewport()
    expect(alice.page.locator(".unread-line + .message")).to_have_attribute("data-sequence", "2")
    expect(button).to_be_hidden()
    assert len(alice.sequences()) <= MOST_ROWS
    # It has been there: it is not offered again at the end.
    alice.page.get_by_role("button", name="To the newest message").click()
    alice.expect_last(last)
    expect(button).to_be_hidden()


def test_a_flood_while_the_page_is_open_keeps_it_small(visit, connect, name):
    group = name("flood")
    bob, alice = connect(name("bob"), timeout=60), visit(name("alice"))
    bob.join(f"group:{group}")
    alice.join(group)
    fill(bob, f"group:{group}", 2000)
    alice.expect_last("message 2000" + ", which is longer" * (2000 % 7))
    shown = alice.sequences()
    assert shown == list(range(shown[0], 2001))
    assert len(shown) <= MOST_ROWS
    assert alice.element_count() <= MOST_ELEMENTS
