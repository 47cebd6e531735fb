"""TLS as other libraries speak it: Python's ssl, which is OpenSSL, and the library ``websockets`` on top of it."""

import json
import os
import socket
import ssl
import subprocess
import urllib.error
import urllib.request

import pytest
from broker import COMMAND_LIMIT, EXECUTABLE, Broker
from certificates import Certificates
from chat_client import ChatClient, Closed
from websocket_chat_client import JSONChatClient, WebSocketChatClient
from websockets.exceptions import WebSocketException

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
CLIENTS = [ChatClient, WebSocketChatClient, JSONChatClient]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    made = Certificates(tmp_path_factory.mktemp("certificates")).make_authority("ca").make_authority("other")
    return made.sign("server").sign("client").sign("stranger", authority="other")


@pytest.fixture(scope="module")
def tls_broker(tmp_path_factory, certificates):
    broker = Broker(tmp_path_factory.mktemp("tls"), environment=certificates.environment()).start()
    yield broker
    broker.kill()


def context(certificates, authority="ca", most=None, certificate=None):
    made = ssl.create_default_context(cafile=certificates.path(f"{authority}.pem"))
    if most:
        made.maximum_version = most
    if certificate:
        made.load_cert_chain(certificates.path(f"{certificate}.pem"), certificates.path(f"{certificate}.key"))
    return made


def open_client(kind, broker, user, tls):
    return kind("127.0.0.1", broker.port if kind is ChatClient else broker.http_port, user, tls=tls)


def fetch(broker, port, path, tls, headers=None):
    request = urllib.request.Request(f"https://127.0.0.1:{port}{path}", headers=headers or {})
    with urllib.request.urlopen(request, timeout=COMMAND_LIMIT, context=tls) as answer:
        return answer.read().decode()


def command(broker, name, *arguments, environment=None, text="hello"):
    """Runs a command of the Swift client to its end."""
    return subprocess.run(
        [EXECUTABLE, name, "group:lobby", "--server", f"127.0.0.1:{broker.port}", "--user", "swift", *arguments],
        input=text,
        capture_output=True,
        timeout=COMMAND_LIMIT,
        text=True,
        env={**os.environ, **(environment or {})},
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", CLIENTS)
def test_users_chat_over_tls_whatever_the_transport(tls_broker, certificates, name, kind, version):
    tls = context(certificates, most=version)
    group = f"group:{name('tls')}"
    with open_client(kind, tls_broker, name("alice"), tls) as alice:
        with open_client(ChatClient, tls_broker, name("bob"), tls) as bob:
            alice.join(group), bob.join(group)
            for number in range(50):
                alice.publish(group, f"{number} " + "x" * 5_000)
            bodies = [bob.next_message().body.split(b" ")[0] for _ in range(50)]
            assert bodies == [str(number).encode() for number in range(50)]
            bob.publish(group, "back")
            while (message := alice.next_message()).body != b"back":
                assert message is not None


def handshake_failures(broker, tls):
    """Counted since the start, by listener."""
    name = "chat_tls_handshake_failures_total"
    lines = [line for line in fetch(broker, broker.admin_port, "/metrics", tls).splitlines() if line.startswith(name)]
    return {line.split('"')[1]: int(line.rpartition(" ")[2]) for line in lines}


def test_who_comes_and_goes_is_no_failed_handshake(tls_broker, certificates):
    before = handshake_failures(tls_broker, context(certificates))
    assert before.keys() == {"tcp", "http", "admin"}
    for port in (tls_broker.port, tls_broker.http_port, tls_broker.admin_port):
        socket.create_connection(("127.0.0.1", port), COMMAND_LIMIT).close()
    open_client(ChatClient, tls_broker, "alice", context(certificates)).close()
    assert handshake_failures(tls_broker, context(certificates)) == before


# It is what this is about.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_1_1_is_refused_and_counted(tls_broker, certificates):
    before = handshake_failures(tls_broker, context(certificates))
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(certificates.path("ca.pem"))
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    for port in (tls_broker.port, tls_broker.http_port, tls_broker.admin_port):
        with socket.create_connection(("127.0.0.1", port), COMMAND_LIMIT) as connection:
            with pytest.raises(ssl.SSLError, match="(?i)protocol version|alert"):
                old.wrap_socket(connection, server_hostname="127.0.0.1")
    after = handshake_failures(tls_broker, context(certificates))
    assert {name: after[name] - before[name] for name in after} == {"tcp": 1, "http": 1, "admin": 1}


def test_pages_console_api_and_metrics_come_over_https(tls_broker, certificates):
    tls = context(certificates)
    assert "<html" in fetch(tls_broker, tls_broker.http_port, "/", tls)
    assert "<html" in fetch(tls_broker, tls_broker.admin_port, "/admin", tls)
    key = (tls_broker.data / "admin.key").read_text().strip()
    answer = fetch(tls_broker, tls_broker.admin_port, "/v1/broker", tls, {"Authorization": f"Bearer {key}"})
    assert json.loads(answer)["state"] == "running"
    metrics = fetch(tls_broker, tls_broker.admin_port, "/metrics", tls)
    for listener in ("tcp", "http", "admin"):
        assert f'chat_tls_certificate_expiry_time_seconds{{listener="{listener}"}} ' in metrics


@pytest.mark.parametrize("scheme, status", [("https", 101), ("http", 403)])
def test_only_pages_that_came_encrypted_may_open_a_websocket(tls_broker, certificates, scheme, status):
    host = f"127.0.0.1:{tls_broker.http_port}"
    raw = socket.create_connection(("127.0.0.1", tls_broker.http_port), COMMAND_LIMIT)
    with context(certificates).wrap_socket(raw, server_hostname="127.0.0.1") as connection:
        lines = [
            "GET /v1/ws HTTP/1.1", f"Host: {host}", "Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol: chat.v1.json", f"Origin: {scheme}://{host}", "", "",
        ]  # fmt: skip
        connection.sendall("\r\n".join(lines).encode())
        assert connection.recv(4096).startswith(f"HTTP/1.1 {status} ".encode())


def test_plain_text_is_hung_up_on(tls_broker, certificates):
    with pytest.raises(Closed):
        ChatClient("127.0.0.1", tls_broker.port, "alice")
    for port in (tls_broker.http_port, tls_broker.admin_port):
        with pytest.raises((urllib.error.URLError, ConnectionError, OSError)):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=COMMAND_LIMIT)
    open_client(ChatClient, tls_broker, "alice", context(certificates)).close()


def test_an_end_by_the_client_is_answered_and_the_session_gone(tls_broker, certificates, name):
    """OpenSSL says whether the broker ends encryption as it should, or just the connection."""
    with socket.create_connection(("127.0.0.1", tls_broker.port), COMMAND_LIMIT) as raw:
        with context(certificates).wrap_socket(raw, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as connection:
            connection.sendall(b"\x03\xff\xff\xff")
            received = b""
            # An end without close_notify would raise.
            while part := connection.recv(4096):
                received += part
            assert b"ClientFrame" in received


@pytest.mark.parametrize("kind", CLIENTS)
def test_clients_show_certificates_where_they_are_wanted(tmp_path, certificates, name, kind):
    broker = Broker(tmp_path, environment=certificates.environment(client_ca=True)).start()
    try:
        for own in (None, "stranger"):
            with pytest.raises((ssl.SSLError, Closed, ConnectionError, WebSocketException)):
                open_client(kind, broker, "mallory", context(certificates, certificate=own)).close()
        with open_client(kind, broker, name("alice"), context(certificates, certificate="client")) as alice:
            alice.join("group:lobby")
        if kind is ChatClient:
            own = ["--client-certificate", certificates.path("client.pem"), "--client-key", certificates.path("client.key")]
            trusted = ["--tls", "--tls-ca", certificates.path("ca.pem")]
            done = command(broker, "send", *trusted, *own)
            assert done.returncode == 0, done.stderr
            done = command(broker, "send", *trusted)
            assert done.returncode == 69
    finally:
        broker.kill()


def test_the_swift_client_verifies_the_broker(tls_broker, certificates):
    ca = certificates.path("ca.pem")
    done = command(tls_broker, "send", "--tls", "--tls-ca", ca)
    assert done.returncode == 0, done.stderr
    done = command(tls_broker, "history", environment={"CHAT_TLS": "true", "CHAT_TLS_CA": ca})
    assert done.returncode == 0, done.stderr
    assert "hello" in done.stdout
    # Whom the system trusts did not sign it, nor did another authority.
    for trust in ([], ["--tls-ca", certificates.path("other.pem")]):
        done = command(tls_broker, "send", "--tls", *trust)
        assert done.returncode == 69
        assert "certificate" in done.stderr and "CERTIFICATE_VERIFY_FAILED" in done.stderr, done.stderr
    done = command(tls_broker, "send", "--tls", "--tls-ca", str(tls_broker.data / "none.pem"))
    assert done.returncode == 69
    assert "none.pem" in done.stderr
    # Without TLS it is hung up on, and told what may be the reason.
    done = command(tls_broker, "send")
    assert done.returncode == 69
    assert "--tls" in done.stderr


def test_the_swift_client_says_when_nobody_speaks_tls(broker, certificates):
    done = command(broker, "send", "--tls", "--tls-ca", certificates.path("ca.pem"))
    assert done.returncode == 69
    assert "TLS" in done.stderr


@pytest.mark.parametrize("file", ["server.key", "server.pem"])
def test_a_broker_does_not_start_with_files_of_no_use(tmp_path, certificates, file):
    variables = certificates.environment()
    wrong = {name: path.replace(file, f"client{file[6:]}") for name, path in variables.items()}
    done = subprocess.run(
        [EXECUTABLE, "serve", "--port", "0", "--http-port", "0", "--admin-port", "0", "--data", str(tmp_path / "data")],
        env={**os.environ, **wrong},
        capture_output=True,
        timeout=COMMAND_LIMIT,
        text=True,
    )
    assert done.returncode == 78, done.stderr
    assert "tls.private_key_file" in done.stderr
    assert "BEGIN" not in done.stderr
