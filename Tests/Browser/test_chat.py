"""People on pages, and a program over TCP, talk."""

import json
import re
import time

from playwright.sync_api import expect


def test_two_pages_and_a_program_chat(visit, connect, name):
    group = name("lobby")
    alice, bob = visit(name("alice")), visit(name("bob"))
    alice.join(group)
    bob.join(group)
    carol = connect(name("carol"))
    carol.join(f"group:{group}")

    alice.say("hello from a page")
    bob.expect_messages(["hello from a page"])
    assert carol.next_message().body == b"hello from a page"
    receipt = carol.publish(f"group:{group}", "hello from a program")
    assert receipt.recipients_online == 2
    bob.say("hello to both\nof you")

    texts = ["hello from a page", "hello from a program", "hello to both\nof you"]
    for page in (alice, bob):
        page.expect_messages(texts)
        # One's own is there before its receipt.
        expect(page.page.locator("#log .message[data-sequence]")).to_have_count(3)
        assert page.sequences() == [1, 2, 3]
    # What is one's own has a tick, what is of others has a name.
    expect(alice.messages.nth(0).get_by_role("img", name="Stored")).to_be_visible()
    expect(alice.messages.nth(0)).to_have_attribute("aria-label", "You, " + _time(alice, 0))
    expect(alice.messages.nth(1).locator(".sender")).to_have_text(name("carol"))
    expect(alice.page.locator("#subtitle")).to_have_text("Group · 3 members")


def _time(page, index):
    return page.messages.nth(index).locator("time").inner_text()


def test_a_direct_conversation_appears_at_the_other_end(visit, name):
    alice, bob = visit(name("alice")), visit(name("bob"))
    alice.write_to(name("bob"))
    alice.say("are you there?")
    item = bob.item(name("alice"))
    expect(item).to_contain_text("are you there?")
    expect(item.locator(".badge")).to_contain_text("1")
    expect(bob.page).to_have_title("(1) Chat")

    item.click()
    bob.expect_messages(["are you there?"])
    expect(item.locator(".badge")).to_have_count(0)
    expect(bob.page).to_have_title("Chat")
    bob.say("yes")
    alice.expect_messages(["are you there?", "yes"])
    # A tick tells how many were there.
    expect(alice.messages.nth(0).locator(".meta")).to_have_attribute("title", re.compile("1 of 1 recipient had"))


def test_ticks_tell_what_became_of_a_message(visit, name):
    alice, bob = visit(name("alice")), visit(name("bob"))
    alice.write_to(name("bob"))
    alice.say("one")
    expect(alice.messages.get_by_role("img", name="Delivered")).to_have_count(1)
    bob.open(name("alice"))
    expect(alice.messages.get_by_role("img", name="Read")).to_have_count(1)
    alice.say("two")
    expect(alice.messages.get_by_role("img", name="Read")).to_have_count(2)
    bob.composer.press_sequentially("I am")
    expect(alice.page.get_by_text(f"{name('bob')} is writing…")).to_be_visible()
    bob.say("I am here")
    expect(alice.page.get_by_text(f"{name('bob')} is writing…")).to_have_count(0)
    # It is known again after a reload.
    alice.page.reload()
    expect(alice.messages.get_by_role("img", name="Read")).to_have_count(2)


def test_a_broadcast_is_followed_until_it_is_not(visit, connect, name):
    news = name("news")
    connect(name("editor")).publish(f"broadcast:{news}", "before")
    alice = visit(name("alice"))
    alice.start(news, "Follow the broadcast")
    alice.expect_messages(["before"])
    editor = connect(name("editor"))
    editor.publish(f"broadcast:{news}", "now")
    alice.expect_messages(["before", "now"])

    # The broker forgets it with the session, the page does not.
    alice.page.reload()
    alice.expect_online()
    editor.publish(f"broadcast:{news}", "after")
    alice.expect_messages(["before", "now", "after"])

    alice.page.get_by_role("button", name="Unsubscribe").click()
    expect(alice.page.get_by_role("button", name="Subscribe", exact=True)).to_be_visible()
    editor.publish(f"broadcast:{news}", "unheard")
    time.sleep(0.5)
    alice.expect_messages(["before", "now", "after"])


def test_a_group_is_left_and_joined_again(visit, name):
    group = name("lobby")
    alice = visit(name("alice"), at=f"#group:{group}")
    alice.page.get_by_role("button", name="Join").click()
    alice.say("first")
    alice.expect_messages(["first"])
    alice.page.get_by_role("button", name="Leave").click()
    expect(alice.page.get_by_text("You are not a member of this group.")).to_be_visible()
    expect(alice.composer).to_be_hidden()
    alice.page.get_by_role("button", name="Join").click()
    alice.expect_messages(["first"])


def test_a_page_that_comes_later_has_what_was_said(visit, name):
    group = name("lobby")
    alice = visit(name("alice"))
    alice.join(group)
    for number in range(1, 4):
        alice.say(f"message {number}")
    alice.expect_last("message 3")
    alice.page.reload()
    alice.expect_online()
    alice.expect_messages(["message 1", "message 2", "message 3"])
    assert alice.titles() == [group]
    expect(alice.item(group)).to_contain_text("You: message 3")


def test_what_is_unread_stays_unread_over_a_reload(visit, connect, name):
    group = name("lobby")
    alice = visit(name("alice"))
    alice.join(group)
    alice.say("read")
    alice.expect_messages(["read"])
    alice.page.get_by_role("button", name="New conversation", exact=True).click()
    alice.page.keyboard.press("Escape")
    alice.write_to(name("bob"))
    bob = connect(name("bob"))
    bob.join(f"group:{group}")
    for number in (1, 2):
        bob.publish(f"group:{group}", f"unread {number}")
    badge = alice.item(group).locator(".badge")
    expect(badge).to_contain_text("2")
    alice.page.reload()
    alice.expect_online()
    expect(badge).to_contain_text("2")
    alice.open(group)
    expect(alice.page.locator(".unread-line")).to_have_text("New")
    alice.expect_messages(["read", "unread 1", "unread 2"])
    expect(badge).to_have_count(0)


def test_leaving_with_another_device_is_seen(visit, connect, name):
    group = name("lobby")
    alice = visit(name("alice"))
    alice.join(group)
    connect(name("alice")).leave(f"group:{group}")
    expect(alice.page.get_by_text("You are not a member of this group.")).to_be_visible()


def test_what_came_while_nobody_looked_is_marked(visit, connect, name):
    group = name("lobby")
    bob, alice = connect(name("bob")), visit(name("alice"))
    bob.join(f"group:{group}")
    alice.join(group)
    bob.publish(f"group:{group}", "seen")
    alice.expect_messages(["seen"])
    expect(alice.page.locator(".unread-line")).to_have_count(0)
    alice.page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    bob.publish(f"group:{group}", "unseen 1")
    bob.publish(f"group:{group}", "unseen 2")
    expect(alice.page).to_have_title("(2) Chat")
    expect(alice.page.locator(".unread-line + .message")).to_contain_text("unseen 1")
    alice.page.evaluate("delete document.hidden, document.dispatchEvent(new Event('visibilitychange'))")
    expect(alice.page).to_have_title("Chat")
    expect(alice.page.locator(".unread-line")).to_have_count(1)


def test_what_was_read_here_is_read_on_another_device(visit, connect, name):
    first, second = name("first"), name("second")
    bob, alice = connect(name("bob")), visit(name("alice"))
    for group in (first, second):
        bob.join(f"group:{group}")
        alice.join(group)
    alice.open(first)
    for group in (first, second):
        bob.publish(f"group:{group}", "news")
    alice.expect_messages(["news"])
    expect(alice.item(second).locator(".badge")).to_contain_text("1")
    # Marks are stored within a second or so.
    alice.page.wait_for_timeout(2000)
    other = visit(name("alice"))
    expect(other.item(second).locator(".badge")).to_contain_text("1")
    expect(other.item(first).locator(".badge")).to_have_count(0)
    # And at once, while both are open.
    alice.open(second)
    expect(other.item(second).locator(".badge")).to_have_count(0)
    expect(other.page).to_have_title("Chat")


def test_a_refusal_is_told_and_can_be_tried_again(visit, name):
    group = f"group:{name('closed')}"
    waiting = json.dumps([{"to": group, "id": "k1", "text": "who are you?", "time": 0}])
    key = f"chat.of.{name('alice')}.outbox"
    script = f"sessionStorage.setItem({json.dumps(key)}, {json.dumps(waiting)})"
    alice = visit(prepare=lambda context: context.add_init_script(script), at=f"#{group}")
    alice.sign_in(name("alice"))
    failure = alice.page.locator(".failure")
    expect(failure).to_contain_text("Not sent.")
    expect(alice.messages.get_by_role("img", name="Not sent")).to_be_visible()
    failure.get_by_role("button", name="Try again").click()
    expect(failure).to_contain_text("Not sent.")
    failure.get_by_role("button", name="Discard").click()
    expect(alice.messages).to_have_count(0)


def test_a_name_that_is_none_is_refused(visit):
    page = visit()
    page.page.get_by_label("Name", exact=True).fill("not a name")
    page.page.get_by_role("button", name="Continue").click()
    expect(page.page.get_by_role("alert").first).to_contain_text("letters, digits")


def test_signing_out_forgets_the_name(visit, name):
    alice = visit(name("alice"))
    alice.page.get_by_role("button", name=f"Signed in as {name('alice')}").click()
    alice.page.get_by_role("menuitem", name="Sign out").click()
    expect(alice.page.get_by_label("Name", exact=True)).to_be_focused()
    alice.page.reload()
    expect(alice.page.get_by_role("heading", name="Sign in to chat")).to_be_visible()


def test_what_the_list_does_not_show_is_counted(visit, broker, name):
    alice = visit(name("alice"))
    for number in range(202):
        broker.ask(f"/v1/conversations/group:{name(f'g{number:03}')}/members/{name('alice')}", "PUT")
    expect(alice.page.get_by_text("2 older conversations not shown. Find them by name.")).to_be_visible()
    expect(alice.page.locator(".item")).to_have_count(200)
    broker.ask(f"/v1/conversations/group:{name('g000')}/members/{name('alice')}", "DELETE")
    expect(alice.page.get_by_text("1 older conversation not shown. Find it by name.")).to_be_visible()


def test_two_tabs_of_a_browser_may_have_two_users(visit, name):
    alice = visit(name("alice"))
    other = alice.another_tab()
    other.expect_online()
    other.page.get_by_role("button", name=f"Signed in as {name('alice')}").click()
    other.page.get_by_role("menuitem", name="Sign out").click()
    other.sign_in(name("bob"))
    for tab, user in ((alice, "alice"), (other, "bob")):
        tab.page.reload()
        expect(tab.page.get_by_role("button", name=f"Signed in as {name(user)}")).to_be_visible()
    alice.write_to(name("bob"))
    alice.say("in the tab beside you")
    expect(other.item(name("alice"))).to_contain_text("in the tab beside you")


def test_both_tabs_of_a_user_show_the_same_and_one_count(visit, connect, name):
    group = name("lobby")
    bob, alice = connect(name("bob")), visit(name("alice"))
    bob.join(f"group:{group}")
    alice.join(group)
    other = alice.another_tab()
    expect(other.item(group)).to_be_visible()
    alice.write_to(name("bob"))
    bob.publish(f"group:{group}", "news")
    for tab in (alice, other):
        expect(tab.item(group).locator(".badge")).to_contain_text("1")
    other.open(group)
    other.say("read and answered")
    expect(alice.item(group)).to_contain_text("You: read and answered")
    expect(alice.item(group).locator(".badge")).to_have_count(0)
    alice.open(group)
    for tab in (alice, other):
        tab.expect_messages(["news", "read and answered"])


def test_a_browser_that_refuses_storage_can_chat(visit, name):
    refuse = """for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, { get() { throw new DOMException("refused", "SecurityError"); } });
    }"""
    alice = visit(prepare=lambda context: context.add_init_script(refuse))
    alice.sign_in(name("alice"))
    alice.join(name("lobby"))
    alice.say("nothing is kept here")
    alice.expect_messages(["nothing is kept here"])
    alice.page.get_by_role("button", name="Theme").click()
    alice.page.get_by_role("button", name=f"Signed in as {name('alice')}").click()
    alice.page.get_by_role("menuitem", name="Sign out").click()
    expect(alice.page.get_by_role("heading", name="Sign in to chat")).to_be_visible()


def test_a_name_with_control_characters_is_told_and_harms_nothing(visit, connect, name):
    alice = visit(name("alice"), at="#user:a%00b")
    expect(alice.page.get_by_role("status").filter(has_text="is no name of a conversation")).to_be_visible()
    alice.join(name("lobby"))
    alice.say("still here")
    alice.expect_messages(["still here"])


def test_what_the_outbox_has_for_no_address_is_told_and_dropped(visit, name):
    key = f"chat.of.{name('alice')}.outbox"
    script = f"""sessionStorage.setItem({json.dumps(key)}, JSON.stringify(
      [{{ to: "user:a\\u0000b", id: "k1", text: "to nobody", time: Date.now() }}]))"""
    alice = visit(prepare=lambda context: context.add_init_script(script))
    alice.sign_in(name("alice"))
    expect(alice.page.get_by_role("status").filter(has_text="to nobody")).to_be_visible()
    alice.page.wait_for_function("key => sessionStorage.getItem(key) === null", arg=key)
    alice.expect_online()


def test_the_number_of_members_follows_who_comes_and_goes(visit, connect, name):
    group = name("lobby")
    alice = visit(name("alice"))
    alice.join(group)
    subtitle = alice.page.locator("#subtitle")
    expect(subtitle).to_have_text("Group · 1 member")
    bob = connect(name("bob"))
    bob.join(f"group:{group}")
    expect(subtitle).to_have_text("Group · 2 members")
    carol = visit(name("carol"))
    carol.join(group)
    expect(subtitle).to_have_text("Group · 3 members")
    expect(carol.page.locator("#subtitle")).to_have_text("Group · 3 members")
    carol.page.get_by_role("button", name="Leave", exact=True).click()
    expect(subtitle).to_have_text("Group · 2 members")
