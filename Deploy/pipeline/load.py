"""Publishes at a steady rate to a group, and measures what its members see.

Publishers do not wait for receipts. A time is counted from when the message was due, so a broker that stops for a
while is charged for all that had to wait.
"""

import asyncio
import dataclasses
import math
import time

from chat.v1.client_pb2 import ClientFrame
from chat.v1.server_pb2 import ServerFrame
from chat_client import delimited

# How long answers may take after the last publish.
GRACE = 5.0
CONNECT_LIMIT = 30.0
BODY_BYTES = 128


@dataclasses.dataclass(frozen=True)
class Shape:
    publishers: int = 4
    readers: int = 20
    messages_per_second: int = 200
    seconds: float = 3.0
    warmup: float = 0.5


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a load has seen. Times are in milliseconds; only what was due after the warm-up counts in them."""

    published: int
    refused: int
    # Publishes without an answer, and deliveries that did not come.
    missing: int
    publish_p99_ms: float
    delivery_p99_ms: float

    @property
    def error_share(self):
        return (self.refused + self.missing) / max(1, self.published)


class Refused(RuntimeError):
    """The broker does not even let the load begin."""


class Session(asyncio.Protocol):
    """Cuts what arrives into frames. `seen` gets each of them, and when it came."""

    def __init__(self, seen):
        self._seen = seen
        self._buffer = bytearray()
        self._transport = None
        self.answers = {}

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._buffer += data
        now = time.monotonic()
        start = 0
        while (place := self._frame(start)) is not None:
            first, start = place
            frame = ServerFrame.FromString(bytes(self._buffer[first:start]))
            answer = self.answers.pop(frame.request_id, None) if frame.request_id else None
            if answer and not answer.done():
                answer.set_result(frame)
            else:
                self._seen(frame, now)
        del self._buffer[:start]

    def _frame(self, start):
        """Where the next frame begins and ends; None if it is not whole yet."""
        length = shift = 0
        for index in range(start, len(self._buffer)):
            byte = self._buffer[index]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                end = index + 1 + length
                return (index + 1, end) if end <= len(self._buffer) else None
        return None

    def send(self, frame):
        self._transport.write(delimited(frame.SerializeToString()))

    async def ask(self, frame):
        """The answer to a request, which must be none of `seen`'s."""
        answer = asyncio.get_running_loop().create_future()
        self.answers[frame.request_id] = answer
        self.send(frame)
        received = await asyncio.wait_for(answer, CONNECT_LIMIT)
        if received.HasField("error"):
            raise Refused(f"the broker refused {frame.WhichOneof('body')}: {received.error.message}")
        return received

    def close(self):
        self._transport.close()


class Load:
    def __init__(self, port, shape, group):
        self._port = port
        self._shape = shape
        self._group = group
        self._count = int(shape.messages_per_second * (shape.seconds + shape.warmup))
        # When each message is due.
        self._due = []
        self._receipts = {}
        self._refused = set()
        self._deliveries = 0
        self._publish_times = []
        self._delivery_times = []
        self._complete = asyncio.Event()

    async def run(self, measured_begins=lambda: None, measured_ends=lambda: None):
        """`measured_begins` and `measured_ends` are called around what counts."""
        readers = await asyncio.gather(
            *(self._session(f"reader-{n}", self._delivered) for n in range(self._shape.readers))
        )
        publishers = await asyncio.gather(
            *(self._session(f"publisher-{n}", self._answered) for n in range(self._shape.publishers))
        )
        try:
            await self._publish(publishers, measured_begins)
            try:
                await asyncio.wait_for(self._complete.wait(), GRACE)
            except TimeoutError:
                pass  # What is missing is counted in the outcome.
            measured_ends()
        finally:
            for session in readers + publishers:
                session.close()
        return self._outcome()

    async def _session(self, user, seen):
        loop = asyncio.get_running_loop()
        _, session = await loop.create_connection(lambda: Session(seen), "127.0.0.1", self._port)
        connect = ClientFrame(request_id=1)
        connect.connect.user = user
        connect.connect.client = "pipeline"
        await session.ask(connect)
        # Publishers, too: others may not publish.
        join = ClientFrame(request_id=2)
        join.join.conversation = self._group
        await session.ask(join)
        return session

    async def _publish(self, publishers, measured_begins):
        begin = time.monotonic()
        interval = 1 / self._shape.messages_per_second
        warmup = int(self._shape.warmup * self._shape.messages_per_second)
        self._due = [begin + number * interval for number in range(self._count)]
        for number, due in enumerate(self._due):
            if number == warmup:
                measured_begins()
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            frame = ClientFrame(request_id=1_000 + number)
            frame.publish.to.append(self._group)
            frame.publish.client_message_id = f"{self._group}-{number:08}"
            frame.publish.body = f"{number:08} ".encode().ljust(BODY_BYTES, b".")
            publishers[number % len(publishers)].send(frame)
        self._warmup = warmup

    def _answered(self, frame, now):
        if frame.request_id < 1_000:
            return
        number = frame.request_id - 1_000
        if frame.HasField("error"):
            self._refused.add(number)
        elif frame.HasField("published"):
            self._receipts[number] = now
        self._look_whether_complete()

    def _delivered(self, frame, now):
        if frame.HasField("message"):
            self._deliveries += 1
            self._delivery_times.append((int(frame.message.body[:8]), now))
            self._look_whether_complete()

    def _look_whether_complete(self):
        answered = len(self._receipts) + len(self._refused)
        if answered == self._count and self._deliveries >= len(self._receipts) * self._shape.readers:
            self._complete.set()

    def _outcome(self):
        def counted(times):
            return [(now - self._due[number]) * 1_000 for number, now in times if number >= self._warmup]

        unanswered = self._count - len(self._receipts) - len(self._refused)
        undelivered = max(0, len(self._receipts) * self._shape.readers - self._deliveries)
        return Outcome(
            published=self._count,
            refused=len(self._refused),
            missing=unanswered + undelivered,
            publish_p99_ms=percentile(counted(self._receipts.items()), 0.99),
            delivery_p99_ms=percentile(counted(self._delivery_times), 0.99),
        )


def percentile(values, share):
    """The value that this share does not exceed; infinity where there is none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)] if ordered else math.inf
