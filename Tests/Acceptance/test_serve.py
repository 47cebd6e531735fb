"""The broker starts, stops, and refuses to."""

import signal
import socket
import time

import pytest

from programs import PATIENCE, Broker


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_gracefully(broker, number):
    broker.run("send", "group:lobby", "--user", "alice", "hello")
    broker.signal(number)
    assert broker.wait() == 0


def test_a_second_signal_ends_it_at_once(broker, chat):
    # One that takes no notice of GoAway, so that the first signal has something to wait for.
    with socket.create_connection(("127.0.0.1", broker.port)):
        alice = chat("group:lobby", "alice")
        alice.type("ready")
        alice.expect("alice: ready")
        broker.signal(signal.SIGTERM)
        time.sleep(0.2)
        began = time.monotonic()
        broker.signal(signal.SIGTERM)
        code = broker.wait()
        # Either it was ready with stopping, or it was ended.
        assert code in (0, 128 + signal.SIGTERM)
        assert time.monotonic() - began < 2


def test_it_refuses_to_listen_beyond_loopback(tmp_path):
    broker = Broker(tmp_path / "data")
    process = broker.spawn("--host", "0.0.0.0")
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 78
    assert "--allow-insecure-remote" in said


def test_a_second_broker_on_the_same_data_refuses(broker):
    second = Broker(broker.data)
    process = second.spawn()
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 74
    assert "in use" in said
    # The first goes on.
    broker.run("send", "group:lobby", "--user", "alice", "hello")


@pytest.mark.parametrize("option", ["--http-port", "--admin-port"])
def test_another_port_that_is_taken_is_said_with_its_option(tmp_path, option):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = Broker(tmp_path / "data").spawn(option, port)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 69
    assert port in said and option in said


def test_a_port_that_is_taken_is_said(broker, tmp_path):
    second = Broker(tmp_path / "other")
    second.port = broker.port
    process = second.spawn()
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 69
    assert str(broker.port) in said


def test_a_store_that_is_no_database_stops_the_start(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "chat.sqlite").write_bytes(b"this is not a database, but long enough to be looked at" * 100)
    process = Broker(data).spawn()
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 74
    assert "chat.sqlite" in said
