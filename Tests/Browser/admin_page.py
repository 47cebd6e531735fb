"""The console of a broker as somebody who operates it sees it."""

from page import Page


class ConsolePage(Page):
    def _console(self, message):
        # The browser itself tells of a refused key and of a broker that is gone.
        if "Failed to load resource" not in message.text:
            super()._console(message)

    def give_key(self, key):
        self.page.get_by_label("Admin key").fill(key)
        self.page.get_by_role("button", name="Open the console").click()

    @property
    def state(self):
        return self.page.locator("#state")

    def tile(self, name):
        return self.page.locator(f'[data-tile="{name}"] .figure')

    def row(self, table, text):
        return self.page.locator(f"#{table} tbody tr:not(.gone)", has_text=text)
