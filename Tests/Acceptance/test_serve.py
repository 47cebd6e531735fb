"""The broker starts, stops, and refuses to."""

import signal
import socket

import pytest

from programs import PATIENCE, Broker


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_gracefully(broker, number):
    broker.run("send", "group:lobby", "--user", "alice", "hello")
    broker.signal(number)
    assert broker.wait() == 0


@pytest.mark.parametrize("first, second", [
    (signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT)])
def test_a_second_signal_ends_it_in_the_middle_with_128_and_its_number(serving, chat, first, second):
    # With a session it waits so long for what the second signal does not let it wait for.
    broker = serving("--drain-delay-ms", str(int(1000 * PATIENCE)))
    alice = chat("group:lobby", "alice")
    alice.type("ready")
    alice.expect("alice: ready")
    broker.signal(first)
    # One that follows before the first is taken may be one with it.
    broker.expect("stopping; once more ends it at once")
    broker.signal(second)
    assert broker.wait() == 128 + second


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


@pytest.mark.parametrize("attempt", range(5))
def test_a_wish_to_read_the_settings_again_does_not_end_a_broker_that_starts(tmp_path, attempt):
    broker = Broker(tmp_path / "data")
    broker.process = broker.spawn("--log-level", "info", "--log-format", "text")
    said = ""

    def read_until(word):
        nonlocal said
        while word not in said:
            line = broker.process.stderr.readline()
            assert line, f"it has ended with {broker.process.wait()}: {said}"
            said += line

    try:
        # The store is not open yet.
        read_until("starting")
        broker.signal(signal.SIGHUP)
        read_until("SIGHUP")
        broker.signal(signal.SIGTERM)
        assert broker.wait() == 0
    finally:
        broker.kill()


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
