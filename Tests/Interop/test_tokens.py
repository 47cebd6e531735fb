"""Tokens that another implementation has made: PyJWT, with keys of the package cryptography."""

import base64
import json
import secrets
import subprocess
import time
import urllib.request

import jwt
import pytest
from broker import COMMAND_LIMIT, EXECUTABLE, Broker
from chat_client import ChatClient, Closed, Refused
from chat.v1 import error_pb2
from expect import update_of
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from websocket_chat_client import JSONChatClient, WebSocketChatClient

SECRET = secrets.token_hex(32)
ALGORITHMS = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}
KEYS = {name: make() for name, make in ALGORITHMS.items()}
TRANSPORTS = {"tcp": ChatClient, "protobuf": WebSocketChatClient, "json": JSONChatClient}


def jwk(name):
    public = KEYS[name].public_key()
    return json.loads(jwt.algorithms.get_default_algorithms()[name].to_jwk(public)) | {"kid": name, "use": "sig"}


def pem(name):
    return KEYS[name].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def token(user, algorithm="HS256", *, key=None, kid=None, expires_in=600, **claims):
    key = key or (SECRET if algorithm == "HS256" else KEYS[algorithm])
    claims = {"sub": user, "exp": int(time.time()) + expires_in} | claims
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """A broker that wants tokens: by a secret, and by a set of keys."""
    directory = tmp_path_factory.mktemp("secured")
    (directory / "secret").write_text(SECRET + "\n")
    (directory / "jwks.json").write_text(json.dumps({"keys": [jwk(name) for name in KEYS]}))
    broker = Broker(
        directory,
        {"CHAT_AUTH_SECRET_FILE": str(directory / "secret"), "CHAT_AUTH_KEYS_FILE": str(directory / "jwks.json")},
    ).start()
    yield broker
    broker.kill()


@pytest.fixture(params=TRANSPORTS)
def connect(request, secured):
    """Connects with a token, over each transport."""
    opened = []

    def connect(token, user="", **options):
        port = secured.port if request.param == "tcp" else secured.http_port
        client = TRANSPORTS[request.param]("127.0.0.1", port, user, token=token, **options)
        opened.append(client)
        return client

    yield connect
    for client in opened:
        client.close()


def refusal(connect, token, user=""):
    with pytest.raises(Refused) as refused:
        connect(token, user)
    return refused.value


@pytest.mark.parametrize("algorithm", ["HS256", *ALGORITHMS])
def test_each_algorithm_of_another_implementation_is_understood(connect, name, algorithm):
    kid = None if algorithm == "HS256" else algorithm
    for number, kid in enumerate({None, kid}):
        user = name(f"ann-{number}")
        assert connect(token(user, algorithm, kid=kid)).connected.user == user


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_key_of_the_same_kind_is_refused(connect, algorithm):
    error = refusal(connect, token("ann", algorithm, key=ALGORITHMS[algorithm](), kid=algorithm))
    assert error.code == error_pb2.ERROR_CODE_UNAUTHENTICATED
    assert "signature" in str(error)


@pytest.mark.parametrize(
    ("made", "word"),
    [
        (lambda: "", "empty"),
        (lambda: jwt.encode({"sub": "ann"}, None, algorithm="none"), "none"),
        (lambda: jwt.encode({"sub": "ann"}, SECRET, algorithm="HS512"), "HS512"),
        # The public key as the secret: what a broker that trusts the header would take.
        (lambda: forged(pem("RS256")), "signature"),
        (lambda: token("ann", expires_in=-60), "expired"),
        (lambda: token("ann", nbf=int(time.time()) + 600), "nbf"),
        (lambda: token("ann", aud="shop"), "aud"),
        (lambda: token("ann", "ES256", kid="of yesterday"), "kid"),
        (lambda: token("an n"), "sub"),
        (lambda: token("ann", chat={"grants": [{"conversation": "room:1", "allow": []}]}), "room:1"),
        (lambda: token("ann", note="x" * 9000), "token_bytes is 8192"),
        (lambda: token("ann").replace(".", "!"), "three parts"),
    ],
)
def test_what_is_wrong_with_a_token_is_told(connect, made, word):
    error = refusal(connect, made())
    assert error.code == error_pb2.ERROR_CODE_UNAUTHENTICATED
    assert word in str(error)


def forged(secret):
    """PyJWT itself refuses to sign with a public key."""
    import hashlib
    import hmac

    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    signed = encode(b'{"alg":"HS256"}') + b"." + encode(b'{"sub":"ann"}')
    return (signed + b"." + encode(hmac.digest(secret.encode(), signed, hashlib.sha256))).decode()


def test_the_user_is_who_the_token_says(connect):
    assert connect(token("ann"), "ann").connected.user == "ann"
    error = refusal(connect, token("ann"), "bob")
    assert error.code == error_pb2.ERROR_CODE_PERMISSION_DENIED


def test_a_token_grants_what_it_names(connect, name):
    group, news = f"group:team/{name('a')}", f"broadcast:{name('news')}"
    all_rights = ["publish", "subscribe", "history"]
    admin = connect(token("admin"))
    admin.publish(news, "before")
    user = connect(
        token(
            name("ann"),
            chat={
                "grants": [
                    {"conversation": "group:team/*", "allow": all_rights},
                    {"conversation": news, "allow": ["subscribe"]},
                ]
            },
        )
    )
    user.join(group)
    assert user.publish(group, "hello").sequence == 1
    assert len(user.history(group).messages) == 1
    user.subscribe(news, after=0)
    admin.publish(news, "after")
    gap = update_of(user, "gap")
    assert (gap.conversation, getattr(gap, "from"), gap.to) == (news, 1, 1)
    assert user.next_message().body == b"after"
    for request in (
        lambda: user.publish(news, "no"),
        lambda: user.history(news),
        lambda: user.join("group:other"),
        lambda: user.publish("user:admin", "no"),
        lambda: user.publish("broadcast:everyone", "no"),
    ):
        with pytest.raises(Refused) as refused:
            request()
        assert refused.value.code == error_pb2.ERROR_CODE_PERMISSION_DENIED


def test_a_session_is_warned_refreshed_and_ended(connect, name):
    # The broker adds 5 s for clocks that differ.
    user = name("ann")
    session = connect(token(user, expires_in=5), timeout=20)
    update = session.next_update()
    while not update.event.HasField("token_expiring"):
        update = session.next_update()
    assert 0 < update.event.token_expiring.expires_in_ms <= 5000
    session.refresh(token(user, expires_in=-1))
    with pytest.raises(Refused) as ended:
        while True:
            assert session.next_update() is not None, "the session does not end"
    assert ended.value.code == error_pb2.ERROR_CODE_UNAUTHENTICATED
    with pytest.raises(Closed):
        session.next_update()


def test_failures_are_counted_by_their_reason(connect, secured):
    refusal(connect, token("ann", expires_in=-60))
    with urllib.request.urlopen(f"http://127.0.0.1:{secured.admin_port}/metrics", timeout=COMMAND_LIMIT) as answer:
        text = answer.read().decode()
    assert int(text.split('chat_auth_failures_total{reason="expired"} ')[1].split("\n")[0]) > 0


def test_no_token_and_no_secret_is_in_the_log(connect, secured, name):
    good, bad = token(name("ann")), token("ann", key="x" * 40)
    connect(good)
    refusal(connect, bad)
    log = secured.log()
    for text in (SECRET, good, bad, good.split(".")[2], bad.split(".")[2]):
        assert text not in log


def test_tokens_of_the_program_are_understood_by_another_implementation(tmp_path):
    (tmp_path / "secret").write_text(SECRET)
    grant = "group:team/*=publish,history"
    for algorithm in ("HS256", *ALGORITHMS):
        key = tmp_path / f"{algorithm}.pem"
        options = ["--secret-file", tmp_path / "secret"]
        public = SECRET
        if algorithm != "HS256":
            private = KEYS[algorithm].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            key.write_bytes(private)
            options, public = ["--key", key, "--kid", "k1"], KEYS[algorithm].public_key()
        made = run("token", "create", "--user", "ann", "--expires-in", "15m", "--grant", grant, "--issuer", "me",
                   "--audience", "chat", *options)
        claims = jwt.decode(made.stdout.strip(), public, algorithms=[algorithm], audience="chat", issuer="me")
        assert claims["sub"] == "ann"
        assert claims["exp"] - claims["iat"] == 900
        assert claims["chat"] == {"grants": [{"conversation": "group:team/*", "allow": ["publish", "history"]}]}
        assert jwt.get_unverified_header(made.stdout.strip()).get("kid") == (None if algorithm == "HS256" else "k1")


def test_the_program_says_why_a_token_is_refused(tmp_path):
    (tmp_path / "keys.pem").write_text(pem("ES256"))
    keys = ["--keys-file", tmp_path / "keys.pem"]
    good, old = token("ann", "ES256"), token("ann", "ES256", expires_in=-60)
    answer = json.loads(run("token", "inspect", "--json", *keys, input=good).stdout)
    assert answer["valid"] and answer["user"] == "ann" and answer["claims"]["sub"] == "ann"
    refused = run("token", "inspect", "--json", *keys, input=old, code=65)
    answer = json.loads(refused.stdout)
    assert not answer["valid"] and answer["reason"] == "expired" and "expired" in answer["message"]
    assert "expired" in run("token", "inspect", *keys, input=old, code=65).stderr
    assert json.loads(run("token", "inspect", "--json", input=good).stdout)["checked"] is False
    for made in (good, old):
        shown = run("token", "inspect", *keys, input=made, code=65 if made == old else 0)
        assert made.split(".")[2] not in shown.stdout + shown.stderr


def run(*arguments, input=None, code=0):
    done = subprocess.run(
        [EXECUTABLE, *map(str, arguments)], input=input, capture_output=True, text=True, timeout=COMMAND_LIMIT
    )
    assert done.returncode == code, done.stderr
    return done


def test_the_program_chats_with_a_token(secured, tmp_path, name):
    (tmp_path / "token").write_text(token(name("ann")) + "\n")
    server = ["--server", f"127.0.0.1:{secured.port}"]
    group = name("lobby")
    receipt = run("send", group, "hello", *server, "--token-file", tmp_path / "token", "--json")
    assert json.loads(receipt.stdout)["sequence"] == 1
    history = run("history", group, *server, "--token-file", tmp_path / "token", "--json")
    assert json.loads(history.stdout)["sender"] == name("ann")
    refused = run("send", group, "hello", *server, "--user", name("bob"), code=65)
    assert "--token-file" in refused.stderr


@pytest.mark.parametrize(
    ("variable", "content"),
    [("CHAT_AUTH_SECRET_FILE", "short"), ("CHAT_AUTH_KEYS_FILE", "no keys"), ("CHAT_AUTH_KEYS_FILE", None)],
)
def test_keys_that_cannot_be_used_stop_the_start(tmp_path, variable, content):
    path = tmp_path / "file"
    if content is not None:
        path.write_text(content)
    broker = Broker(tmp_path, {variable: str(path)})
    with pytest.raises(RuntimeError) as failed:
        broker.start()
    assert broker.exit_code() == 78
    assert str(path) in str(failed.value)
    assert "short" not in str(failed.value).replace(str(path), "")
