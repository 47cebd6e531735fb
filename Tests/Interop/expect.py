"""What tests wait for."""

# Long enough for a message on its way, short enough for a test.
SILENCE = 0.4


def messages(client, count):
    """The next messages, as (sequence, body); fails if they do not come."""
    found = []
    for _ in range(count):
        message = client.next_message()
        assert message is not None, f"{len(found)} messages of {count}"
        found.append((message.sequence, message.body.decode()))
    return found


def assert_silent(client):
    message = client.next_message(SILENCE)
    assert message is None, f"a message too many: {message}"


def update_of(client, kind):
    """The next update of this kind; others before it are passed over."""
    while (update := client.next_update()) is not None:
        if update.WhichOneof("body") == kind:
            return getattr(update, kind)
    raise AssertionError(f"no {kind} came")


def entries(page):
    return [(message.sequence, message.body.decode()) for message in page.messages]
