"""A broker that wants tokens and TLS, of which the tests need only the refusals."""

import secrets
import ssl
import subprocess

from chat_client import ChatClient
from node import Node


class TLSChatClient(ChatClient):
    def _open(self, host, port):
        super()._open(host, port)
        # Who it is does not matter here.
        context = ssl._create_unverified_context()
        self._connection = context.wrap_socket(self._connection)
        self._reader._connection = self._connection


class GuardedBroker(Node):
    def __init__(self, executable, directory):
        directory.mkdir()
        certificate, key = make_certificate(directory)
        settings = {
            "CHAT_AUTH_SECRET": secrets.token_hex(32),
            "CHAT_TLS_CERTIFICATE_FILE": str(certificate),
            "CHAT_TLS_PRIVATE_KEY_FILE": str(key),
        }
        super().__init__(executable, directory, settings=settings)

    def refuse_somebody(self):
        """Tries to connect with a token that is none. Returns what happened."""
        try:
            TLSChatClient("127.0.0.1", self.port, "mallory", token="no.token.atall").close()
        except Exception as error:  # noqa: BLE001, because what it is depends on what the broker can do
            return repr(error)
        return "it was let in"


def make_certificate(directory):
    certificate, key = directory / "tls.crt", directory / "tls.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-days", "90", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return certificate, key
