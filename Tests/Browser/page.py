"""The chat page, as somebody who uses it sees it."""

from playwright.sync_api import expect

expect.set_options(timeout=15_000)


class Page:
    def __init__(self, context, url):
        self._context = context
        self._url = url
        self.page = context.new_page()
        self.page.set_default_timeout(15_000)
        # What must not happen, whatever others write.
        self.faults = []
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", self._console)
        self.page.on("request", self._request)
        self._origin = url.split("/", 3)[:3]
        self.page.goto(url)

    def _dialog(self, dialog):
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message):
        # A lost connection is told by the browser itself.
        if message.type in ("error", "warning") and "WebSocket connection to" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _request(self, request):
        if request.url.split("/", 3)[:3] != self._origin and not request.url.startswith("data:"):
            self.faults.append(f"request to {request.url}")

    def close(self):
        self._context.close()

    def another_tab(self):
        """Of the same browser; what goes wrong there counts here."""
        tab = Page(self._context, self._url)
        tab.faults = self.faults
        return tab

    def sign_in(self, user):
        self.page.get_by_label("Name", exact=True).fill(user)
        self.page.keyboard.press("Enter")
        self.expect_online()

    def expect_online(self):
        expect(self.page.locator("#app")).to_have_attribute("data-connection", "online")

    # Conversations

    def start(self, text, option):
        """Opens or starts a conversation by its name, with the keyboard."""
        self.page.keyboard.press("Control+k")
        self.page.get_by_role("combobox").fill(text)
        self.page.get_by_role("option", name=option).click()
        expect(self.composer).to_be_visible()

    def join(self, group):
        self.start(group, "Join the group")

    def write_to(self, user):
        self.start(user, "Write to")

    def open(self, title):
        self.item(title).click()
        expect(self.page.locator("#title")).to_have_text(title)

    def item(self, title):
        return self.page.locator(".item", has=self.page.get_by_text(title, exact=True))

    def titles(self):
        return self.page.locator(".item-name").all_inner_texts()

    # Messages

    @property
    def composer(self):
        return self.page.get_by_role("textbox", name="Message", exact=True)

    @property
    def messages(self):
        return self.page.locator("#log .message")

    def say(self, text):
        self.composer.fill(text)
        self.composer.press("Enter")

    def expect_messages(self, texts):
        expect(self.page.locator("#log .message .text")).to_have_text(texts)

    def expect_last(self, text):
        expect(self.page.locator("#log .message .text").last).to_have_text(text)

    def sequences(self):
        """Those of the messages that are elements now, from the top."""
        return self.page.eval_on_selector_all(
            "#log .message[data-sequence]", "rows => rows.map((row) => Number(row.dataset.sequence))")

    def element_count(self):
        return self.page.evaluate("document.querySelectorAll('#log *').length")
