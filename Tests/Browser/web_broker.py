"""A broker with its page."""

from broker import Broker

# Not the machine's name: it would be in pictures.
NODE = "chat-1"


class WebBroker(Broker):
    """A broker that people come to with a browser."""

    def __init__(self, directory, *options, environment=None):
        super().__init__(directory, environment, options=["--node", NODE, *options])

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http_port}/"

    def sessions_of(self, user):
        return self.ask(f"/v1/users/{user}/sessions").get("sessions", [])
