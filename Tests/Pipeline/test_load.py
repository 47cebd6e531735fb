"""The load, against a server that does wrong on purpose and knows how much."""

import asyncio

import pytest
from chat.v1.client_pb2 import ClientFrame
from chat.v1.error_pb2 import ERROR_CODE_UNAVAILABLE
from chat.v1.server_pb2 import ServerFrame
from chat_client import delimited
from load import Load, Shape, percentile

SHAPE = Shape(publishers=2, readers=3, messages_per_second=100, seconds=0.4, warmup=0.1)
MESSAGES = 50


class Server:
    """Answers as a broker, but for the numbers of messages that it is to treat badly."""

    def __init__(self, *, refuse=(), ignore=(), undelivered=(), delay=0.0):
        self._refuse, self._ignore, self._undelivered, self._delay = refuse, ignore, undelivered, delay
        self._writers = {}

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        try:
            while True:
                frame = ClientFrame.FromString(await reader.readexactly(await self._length(reader)))
                if frame.HasField("publish"):
                    await self._publish(frame, writer)
                else:
                    if frame.HasField("connect"):
                        self._writers[frame.connect.user] = writer
                    answer = ServerFrame(request_id=frame.request_id)
                    answer.done.SetInParent()
                    self._send(writer, answer)
        except (asyncio.IncompleteReadError, ConnectionResetError):
            writer.close()

    async def _length(self, reader):
        length = shift = 0
        while True:
            (byte,) = await reader.readexactly(1)
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return length

    async def _publish(self, frame, writer):
        number = int(frame.publish.body[:8])
        await asyncio.sleep(self._delay)
        answer = ServerFrame(request_id=frame.request_id)
        if number in self._ignore:
            return
        if number in self._refuse:
            answer.error.code = ERROR_CODE_UNAVAILABLE
            self._send(writer, answer)
            return
        answer.published.SetInParent()
        self._send(writer, answer)
        delivery = ServerFrame()
        delivery.message.body = frame.publish.body
        for user, reader in self._writers.items():
            if user.startswith("reader") and not (number in self._undelivered and user == "reader-0"):
                self._send(reader, delivery)

    def _send(self, writer, frame):
        writer.write(delimited(frame.SerializeToString()))


def run(**behaviour):
    async def both():
        async with Server(**behaviour) as server:
            return await Load(server.port, SHAPE, "group:a").run()

    return asyncio.run(both())


@pytest.fixture
def no_grace(monkeypatch):
    """What is missing is not waited for."""
    monkeypatch.setattr("load.GRACE", 2)


def test_a_good_server_has_no_errors():
    outcome = run()
    assert (outcome.published, outcome.refused, outcome.missing) == (MESSAGES, 0, 0)
    assert outcome.error_share == 0


def test_what_is_refused_is_counted():
    outcome = run(refuse=range(10, 15))
    assert (outcome.refused, outcome.missing) == (5, 0)
    assert outcome.error_share == 0.1


def test_what_is_not_answered_is_counted(no_grace):
    assert run(ignore=[20, 30]).missing == 2


def test_what_is_not_delivered_is_counted(no_grace):
    assert run(undelivered=[20, 30, 40]).missing == 3


def test_those_who_have_to_wait_count_too():
    """The server does one message of each publisher after the other, slower than they come."""
    outcome = run(delay=0.03)
    # 25 messages of each publisher take 750 ms and come within 500: the last waits for 250.
    assert outcome.publish_p99_ms > 200
    assert outcome.delivery_p99_ms > 200


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1, 100), (0, 1)])
def test_a_percentile_is_a_value_that_was_seen(share, value):
    assert percentile(range(100, 0, -1), share) == value


def test_where_nothing_came_there_is_no_good_time():
    assert percentile([], 0.99) == float("inf")
