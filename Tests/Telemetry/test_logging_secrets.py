"""What people say, and what opens doors, is in no line: it is planted everywhere, and looked for at the lowest level."""

import base64
import os
import socket

import pytest

from chat_client import ChatClient
from ecs_broker import wait_until

SECRET = "planted-5e1f"


def forms():
    """How the secret might show itself."""
    plain = SECRET.encode()
    return [SECRET, plain.hex(), *(base64.b64encode(b"x" * lead + plain).decode()[4:-4] for lead in range(3))]


def test_no_message_no_token_and_no_key_is_logged(make_broker, tmp_path):
    key = SECRET + "-admin-key-00000000000000000000"
    # Nobody listens there, which is logged.
    broker = make_broker(
        CHAT_ADMIN_KEY=key, CHAT_TRACE_ENDPOINT=f"http://127.0.0.1:1/v1/traces?key={SECRET}", CHAT_TRACE_SAMPLE_RATIO="1")
    # Sessions: token, body, content type, a body that is too long, a frame that is none.
    with ChatClient("127.0.0.1", broker.ports["tcp"], user="alice", token=SECRET + "-token") as alice:
        alice.join("group:lobby")
        alice.publish("group:lobby", SECRET, content_type=f"text/{SECRET}", client_message_id="m1")
        for body in (SECRET.encode() * 10_000,):
            with pytest.raises(Exception, match="body_bytes"):
                alice.publish("group:lobby", body)
        assert alice.history("group:lobby").messages[0].body == SECRET.encode()
    with socket.create_connection(("127.0.0.1", broker.ports["tcp"])) as stranger:
        stranger.sendall(b"\x20" + SECRET.encode() * 3)
        stranger.recv(4096)
    # WebSocket with a token in its address and header fields.
    with socket.create_connection(("127.0.0.1", broker.ports["http"])) as web:
        web.sendall((f"GET /v1/ws?token={SECRET} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n"
                     f"Cookie: session={SECRET}\r\n\r\n").encode())
        web.recv(4096)
    with socket.create_connection(("127.0.0.1", broker.ports["http"])) as web:
        web.sendall(f"{SECRET} / HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        web.recv(4096)
    # The HTTP API: keys right and wrong, a message, JSON that is none.
    message = {"to": ["group:lobby"], "sender": "bob", "text": SECRET}
    assert broker.ask("/v1/publish", method="POST", body=message, key=key)[0] == 200
    assert broker.ask("/v1/publish", method="POST", body=message, key=SECRET)[0] == 401
    assert broker.ask("/v1/publish", method="POST", body=f'{{"{SECRET}": '.encode(), key=key)[0] == 400
    assert broker.ask("/v1/publish", method="POST", body={SECRET: SECRET}, key=key)[0] == 400
    assert broker.ask(f"/v1/{SECRET}?{SECRET}={SECRET}", key=key)[0] == 404
    wait_until(lambda: sum(line["message"] == "request" for line in broker.lines()) >= 6, "the requests are logged")
    assert broker.stop() == 0

    written = broker.output.read_text() + broker.errors.read_text()
    assert "session closed" in written and '"request"' in written
    assert [form for form in forms() if form in written] == []
    # The search itself finds what is there.
    assert any(form in (SECRET + written) for form in forms())


def test_no_key_in_the_address_of_an_issuer_is_logged(make_broker):
    broker = make_broker(CHAT_AUTH_JWKS_URL=f"http://127.0.0.1:1/keys/{SECRET}?key={SECRET}")
    line = broker.wait_for("cannot fetch the keys for tokens; those that are there stay")
    assert (line["server.address"], line["server.port"]) == ("127.0.0.1", 1)
    assert broker.stop() == 0
    written = broker.output.read_text() + broker.errors.read_text()
    assert [form for form in forms() if form in written] == []


def test_the_environment_is_not_logged(broker):
    assert os.environ["PATH"] not in broker.output.read_text()
