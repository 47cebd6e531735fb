"""What others write is text, whatever it says."""

from playwright.sync_api import expect

MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "</p></article><style>*{display:none}</style>",
    "&lt;b&gt;bold&lt;/b&gt; &amp; &#x41;",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)}",
    "javascript:alert(1) data:text/html,<script>alert(1)</script>",
]
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e9\U0001f1ea"
FRAME_KEYS = '{"constructor":{"prototype":{"polluted":true}},"__proto__":{"polluted":true}}'


def say(connect, name, bodies, **options):
    group = f"group:{name('hostile')}"
    eve = connect(name("eve"))
    eve.join(group)
    for body in bodies:
        eve.publish(group, body, **options)
    return name("hostile")


def test_markup_is_text(visit, connect, name):
    group = say(connect, name, [*MARKUP, FRAME_KEYS])
    alice = visit(name("alice"))
    alice.join(group)
    alice.expect_messages([*MARKUP, FRAME_KEYS])
    expect(alice.item(group)).to_contain_text(FRAME_KEYS)
    assert alice.page.evaluate("({}).polluted") is None
    for tag in ("script", "img", "iframe", "style", "a"):
        assert alice.page.locator(f"#log {tag}").count() == 0
        assert alice.page.locator(f"#conversations {tag}").count() == 0


def test_what_cannot_be_seen_is_shown(visit, connect, name):
    bodies = {
        "a\u202egnp.exe": "a[U+202E]gnp.exe",
        "\u2066hidden\u2069": "[U+2066]hidden[U+2069]",
        "bell\u0007 null\u0000 escape\u001b[31m": "bell\u2407 null\u2400 escape\u241b[31m",
        "\u0085next\u009b": "[U+0085]next[U+009B]",
        "delete\u007f\u0001\u001f": "delete\u2421\u2401\u241f",
    }
    group = say(connect, name, bodies)
    alice = visit(name("alice"))
    alice.join(group)
    alice.expect_messages(list(bodies.values()))
    # And what is no UTF-8 does no harm.
    bob = connect(name("bob"))
    bob.join(f"group:{group}")
    bob.publish(f"group:{group}", b"\xff\xfe broken \xc3")
    alice.expect_last("\ufffd\ufffd broken \ufffd")


def test_characters_of_four_bytes_stay_whole(visit, connect, name):
    emoji = ["\U0001f600", FAMILY + FLAG, f"{FAMILY}\u202e{FLAG}", f"<b>{FAMILY}</b>"]
    group = say(connect, name, emoji)
    alice = visit(name("alice"))
    alice.join(group)
    alice.expect_messages([text.replace("\u202e", "[U+202E]") for text in emoji])
    expect(alice.item(group)).to_contain_text(f"<b>{FAMILY}</b>")
    # As many as a message holds, and each half of a character where a text is cut: for the list and in the log.
    for text in ("\U0001f600" * 16_384, "x" + "\U0001f600" * 16_383):
        connect(name("eve")).publish(f"group:{group}", text)
        more = alice.messages.last.get_by_role("button", name="Show all (64 KB)")
        expect(more).to_be_visible()
        for shown in (alice.item(group), alice.messages.last.locator(".text")):
            expect(shown).to_contain_text(text[:20])
            assert shown.evaluate("node => node.textContent.isWellFormed()")
        more.click()
        alice.expect_last(text)


def test_long_words_and_many_lines_stay_in_their_place(visit, connect, name):
    word, lines, marks = "W" * 65_536, "\n" * 20_000 + "end", "e" + "\u0301" * 3000
    group = say(connect, name, [word, lines, marks, "\u202e" * 15_000])
    alice = visit(name("alice"))
    alice.join(group)
    expect(alice.messages).to_have_count(4)
    measure = "() => [document.documentElement.scrollWidth, innerWidth, document.querySelector('#log').scrollWidth," \
        " document.querySelector('#log').clientWidth]"
    page_width, window_width, log_width, log_room = alice.page.evaluate(measure)
    assert page_width <= window_width
    assert log_width <= log_room
    for message in alice.messages.all():
        assert message.bounding_box()["height"] < 1600
    more = alice.messages.nth(0).get_by_role("button", name="Show all (64 KB)")
    more.click()
    expect(more).to_have_count(0)
    assert len(alice.messages.nth(0).locator(".text").inner_text()) == 65_536
    assert alice.page.evaluate(measure)[0] <= window_width


def test_other_media_types_are_told_and_not_shown(visit, connect, name):
    group = say(connect, name, [b"\x00" * 12_288], content_type="application/x-thing")
    alice = visit(name("alice"))
    alice.join(group)
    expect(alice.messages.locator(".attachment")).to_have_text("application/x-thing, 12 KB")
    expect(alice.item(group)).to_contain_text("application/x-thing, 12 KB")
    eve = connect(name("eve"))
    eve.publish(f"group:{group}", "<script>alert(1)</script>", content_type="text/html")
    alice.expect_last("<script>alert(1)</script>")
    eve.publish(f"group:{group}", "x", content_type="image/svg+xml<script>alert(1)</script>")
    expect(alice.messages.locator(".attachment").last).to_contain_text("<script>alert(1)</script>, 1 byte")


def test_links_are_those_of_pages_and_no_others(visit, connect, name):
    text = (
        "see https://example.org/a_(b)?c=d#e. or http://example.org, not ftp://example.org or "
        "https://user@example.org or javascript:alert(1) or https://exa\u202emple.org/x"
    )
    group = say(connect, name, [text])
    alice = visit(name("alice"))
    alice.join(group)
    links = alice.page.locator("#log a")
    expect(links.first).to_be_visible()
    assert hrefs(alice.page.locator("#log"))[:2] == [
        "https://example.org/a_(b)?c=d#e",
        "http://example.org/",
    ]
    for link in links.all():
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert link.get_attribute("href").startswith(("http://example.org", "https://example.org"))


def test_a_text_that_was_cut_has_no_link_to_where_it_was_cut(visit, connect, name):
    address = "https://bank.example.com/login"
    # So much of it is shown at first: cut in the scheme, twice in the name of the host, and in the path.
    before = "see https://example.org/whole and then "
    group = say(connect, name, [before.ljust(1500 - shown, "-") + address for shown in (5, 15, 20, 27)])
    alice = visit(name("alice"))
    alice.join(group)
    expect(alice.messages).to_have_count(4)
    for message in alice.messages.all():
        more = message.get_by_role("button", name="Show all")
        expect(more).to_be_visible()
        assert hrefs(message) == ["https://example.org/whole"]
        more.click()
        expect(more).to_have_count(0)
        assert hrefs(message) == ["https://example.org/whole", address]


def hrefs(place):
    return place.locator("a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
