"""Names: the C library in the program is static, and has to find hosts all the same."""

import random
import socket
import struct
import threading

import pytest
from container import once

NAME = "broker.chat.example"


class NameServer:
    """Answers every question for an IPv4 address with one address, on a loopback address of its own."""

    def __init__(self, answer):
        self.asked = []
        self._answer = answer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.address = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(2, 254)}"
        self._socket.bind((self.address, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                question, client = self._socket.recvfrom(512)
            except OSError:
                return
            self._socket.sendto(self._reply(question), client)

    def _reply(self, question):
        end = question.index(b"\0", 12) + 1
        kind, = struct.unpack_from(">H", question, end)
        self.asked.append(self._name(question[12:end]))
        record = b""
        if kind == 1:
            record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(self._answer)
        header = question[:2] + struct.pack(">HHHHH", 0x8180, 1, 1 if record else 0, 0, 0)
        return header + question[12 : end + 4] + record

    @staticmethod
    def _name(labels):
        parts = []
        while labels[0]:
            parts.append(labels[1 : labels[0] + 1].decode())
            labels = labels[labels[0] + 1 :]
        return ".".join(parts)

    def close(self):
        self._socket.close()


@pytest.fixture
def name_server():
    server = NameServer("127.0.0.1")
    yield server
    server.close()


@pytest.fixture
def broker(brokers):
    broker = brokers()
    broker.start()
    return broker


def health(broker, *options):
    return once("health", "--url", f"http://{NAME}:{broker.ports['admin']}/health", options=["--network=host", *options])


def test_it_finds_names_in_the_file_of_hosts(broker):
    done = health(broker, f"--add-host={NAME}:127.0.0.1")
    assert done.returncode == 0, done.stderr


def test_it_finds_names_by_dns(broker, name_server, tmp_path):
    settings = tmp_path / "resolv.conf"
    settings.write_text(f"nameserver {name_server.address}\n")
    done = health(broker, f"--volume={settings}:/etc/resolv.conf:ro")
    assert done.returncode == 0, done.stderr
    assert NAME in name_server.asked


def test_a_name_that_is_nowhere_is_an_error_and_not_a_crash(broker):
    done = health(broker, "--no-hosts")
    assert 0 < done.returncode < 128
