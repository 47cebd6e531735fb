"""Keys, certificates and settings are replaced under load, as Kubernetes does it, and nobody notices."""

import json
import secrets
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request

import jwt
import pytest
from broker import COMMAND_LIMIT, Broker
from certificates import Certificates
from chat_client import ChatClient, Refused
from cryptography.hazmat.primitives.asymmetric import ec
from websocket_chat_client import JSONChatClient, WebSocketChatClient

GROUP = "group:lobby"
ROUNDS = 3
KINDS = [ChatClient, WebSocketChatClient, JSONChatClient]
# A change is taken within a second; whoever waits this long waits for nothing.
PATIENCE = 40


class Keys:
    """Keys that sign tokens, each with a name, and the set of those that count."""

    def __init__(self):
        self._keys = {}

    def make(self, name):
        self._keys[name] = ec.generate_private_key(ec.SECP256R1())

    def token(self, user, name):
        claims = {"sub": user, "exp": int(time.time()) + 3600}
        return jwt.encode(claims, self._keys[name], algorithm="ES256", headers={"kid": name})

    def published(self, *names):
        as_jwk = jwt.algorithms.get_default_algorithms()["ES256"].to_jwk
        keys = [json.loads(as_jwk(self._keys[name].public_key())) | {"kid": name} for name in names]
        return json.dumps({"keys": keys})


class Mount:
    """A directory as Kubernetes mounts one: all its files change from one moment to the next."""

    def __init__(self, path):
        self.path = path
        self._files = {}
        self._versions = 0

    def put(self, **files):
        self._files |= {name.replace("__", "."): text for name, text in files.items()}
        self._versions += 1
        version = self.path / f"..{self._versions}"
        version.mkdir(parents=True)
        for name, text in self._files.items():
            (version / name).write_text(text)
            if not (self.path / name).is_symlink():
                (self.path / name).symlink_to(f"..data/{name}")
        link = self.path / "..data_tmp"
        link.symlink_to(version.name)
        link.rename(self.path / "..data")


class Chatter(threading.Thread):
    """A session that publishes one message after another, and reads what all publish."""

    def __init__(self, client, name):
        super().__init__(name=name)
        self.client = client
        self.published = 0
        self.received = []
        self.failure = None
        self._wants_token = None
        self._is_stopping = threading.Event()
        client.join(GROUP)

    def run(self):
        try:
            while not self._is_stopping.is_set():
                if token := self._wants_token:
                    self.client.refresh(token)
                    self._wants_token = None
                self.client.publish(GROUP, f"{self.name} {self.published}")
                self.published += 1
                self._read(0.02)
        except Exception as error:
            self.failure = error

    def _read(self, seconds):
        end = time.monotonic() + seconds
        while message := self.client.next_message(max(0.001, end - time.monotonic())):
            self.received.append(message.sequence)

    def refresh(self, token):
        """Brings a new token, and waits until it is taken."""
        self._wants_token = token
        eventually(lambda: self._wants_token is None or self.failure, "the token is taken")

    def stop(self):
        self._is_stopping.set()
        super().join(PATIENCE)

    def read_until(self, last):
        while self.received[-1:] != [last]:
            message = self.client.next_message(PATIENCE)
            assert message, f"{self.name} has {self.received[-1:]}, and waits for {last}"
            self.received.append(message.sequence)


def eventually(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"this did not happen: {what}"
        time.sleep(0.05)
    return found


class Service:
    """A broker with keys, certificates and settings in directories of their own."""

    def __init__(self, folder):
        self.keys = Keys()
        self._newest = "key-0"
        self.keys.make(self._newest)
        self._folder = folder
        self._authority = folder / "authority"
        self._authority.mkdir()
        self._certificates = Certificates(self._authority).make_authority("ca").sign("server")
        self.settings = Mount(folder / "settings")
        self.settings.put(limits__body_bytes="1000")
        self.secrets = Mount(folder / "secrets")
        self._admin_key = secrets.token_hex(16)
        self.secrets.put(jwks=self.keys.published("key-0"), admin=self._admin_key, **self._certificate)
        self.broker = Broker(folder, {
            "CHAT_CONFIG_DIRECTORY": str(self.settings.path),
            "CHAT_AUTH_KEYS_FILE": str(self.secrets.path / "jwks"),
            "CHAT_ADMIN_KEY_FILE": str(self.secrets.path / "admin"),
            **{f"CHAT_{listener}TLS_{name}_FILE": str(self.secrets.path / file)
               for listener in ("", "ADMIN_")
               for name, file in (("CERTIFICATE", "certificate"), ("PRIVATE_KEY", "key"))},
        })

    @property
    def _certificate(self):
        return {name: (self._authority / f"server.{kind}").read_text()
                for name, kind in (("certificate", "pem"), ("key", "key"))}

    @property
    def _tls(self):
        return ssl.create_default_context(cafile=self._certificates.path("ca.pem"))

    def connect(self, kind, user, key):
        port = self.broker.port if kind is ChatClient else self.broker.http_port
        return kind("127.0.0.1", port, user, token=self.keys.token(user, key), tls=self._tls)

    def lets_in(self, key):
        try:
            self.connect(ChatClient, "visitor", key).close()
        except Refused:
            return False
        return True

    def takes(self, size):
        with self.connect(ChatClient, "visitor", self._newest) as visitor:
            try:
                visitor.publish("user:visitor", "x" * size)
            except Refused:
                return False
            return True

    def serial(self, port):
        with socket.create_connection(("127.0.0.1", port), COMMAND_LIMIT) as raw:
            with self._tls.wrap_socket(raw, server_hostname="127.0.0.1") as connection:
                return connection.getpeercert()["serialNumber"]

    def replace_keys(self, number):
        """Adds the new key, and takes the old one away when the new one counts."""
        old, self._newest = f"key-{number - 1}", f"key-{number}"
        self.keys.make(self._newest)
        self.secrets.put(jwks=self.keys.published(old, self._newest))
        eventually(lambda: self.lets_in(self._newest), "the new key counts")
        assert self.lets_in(old)
        self.secrets.put(jwks=self.keys.published(self._newest))
        eventually(lambda: not self.lets_in(old), "the old key counts no more")

    def replace_certificate(self):
        ports = (self.broker.port, self.broker.http_port, self.broker.admin_port)
        before = [self.serial(port) for port in ports]
        self._certificates.sign("server")
        self.secrets.put(**self._certificate)
        for port, old in zip(ports, before):
            eventually(lambda: self.serial(port) != old, "the new certificate is shown")

    def opens_the_api(self, key):
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.broker.admin_port}/v1/broker", headers={"Authorization": f"Bearer {key}"})
        try:
            with urllib.request.urlopen(request, timeout=COMMAND_LIMIT, context=self._tls):
                return True
        except urllib.error.HTTPError as error:
            assert error.code == 401
            return False

    def replace_admin_key(self):
        old, self._admin_key = self._admin_key, secrets.token_hex(16)
        assert self.opens_the_api(old)
        self.secrets.put(admin=self._admin_key)
        eventually(lambda: self.opens_the_api(self._admin_key), "the new admin key counts")
        assert not self.opens_the_api(old)

    def change_settings(self, number):
        size = 1000 + 100 * number
        assert not self.takes(size)
        self.settings.put(limits__body_bytes=str(size))
        eventually(lambda: self.takes(size), "the new limit holds")
        assert not self.takes(size + 1)


@pytest.fixture
def service(tmp_path):
    service = Service(tmp_path)
    service.broker.start()
    yield service
    service.broker.kill()


def test_no_session_that_may_stay_is_dropped_and_no_message_lost(service):
    chatters = [
        Chatter(service.connect(kind, f"user-{kind.__name__}-{number}", "key-0"), f"{kind.__name__}-{number}")
        for number in range(2) for kind in KINDS
    ]
    try:
        for chatter in chatters:
            chatter.start()
        for number in range(1, ROUNDS + 1):
            before = [chatter.published for chatter in chatters]
            service.replace_keys(number)
            service.replace_certificate()
            service.replace_admin_key()
            service.change_settings(number)
            # One of each kind goes on with the token that it came with, one brings a new one.
            for chatter in chatters[: len(KINDS)]:
                chatter.refresh(service.keys.token(f"user-{chatter.name}", f"key-{number}"))
            for chatter, count in zip(chatters, before):
                eventually(lambda: chatter.published > count or chatter.failure, "all go on")
    finally:
        for chatter in chatters:
            chatter.stop()
    assert [(chatter.name, chatter.failure) for chatter in chatters if chatter.failure] == []
    total = sum(chatter.published for chatter in chatters)
    for chatter in chatters:
        chatter.read_until(total)
        chatter.client.close()
        assert chatter.received == list(range(1, total + 1))


def test_a_session_whose_new_token_is_wrong_is_told_and_stays_until_its_own_ends(service):
    chatter = Chatter(service.connect(WebSocketChatClient, "user-a", "key-0"), "a")
    service.replace_keys(1)
    with pytest.raises(Refused):
        chatter.client.refresh(service.keys.token("user-a", "key-0"))
    assert chatter.client.publish(GROUP, "still here").sequence == 1
    chatter.client.close()
