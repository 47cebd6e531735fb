"""A broker, and its console as somebody who operates it sees it."""

import json
import re
import urllib.request

from page import Page
from web_broker import WebBroker

ADMIN = re.compile(r"console at http://127\.0\.0\.1:(\d+)/admin")


class AdminBroker(WebBroker):
    """A broker with the way to its console."""

    @property
    def admin_port(self):
        return int(ADMIN.search(self._log.read_text(errors="replace"))[1])

    @property
    def key(self):
        return (self._data / "admin.key").read_text().strip()

    def ask(self, method, path, body=None):
        """What the HTTP API answers; None if that is nothing."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.admin_port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def sessions_of(self, user):
        return self.ask("GET", f"/v1/users/{user}/sessions").get("sessions", [])


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
