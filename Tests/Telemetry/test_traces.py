"""Traces of publishes, as a collector gets them."""

import re
import secrets
from itertools import pairwise

import pytest

from chat_client import ChatClient
from collector import Collector, attributes
from ecs_broker import wait_until

SERVER, INTERNAL = 2, 1
ERROR = 2


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.close()


@pytest.fixture
def traced(make_broker, collector):
    return make_broker(CHAT_TRACE_ENDPOINT=collector.endpoint, CHAT_TRACE_SAMPLE_RATIO="0")


def client(broker, user):
    return ChatClient("127.0.0.1", broker.ports["tcp"], user=user)


def new_trace(sampled=True):
    """A publisher's trace: its id, its span's id, and the text."""
    trace, span = secrets.token_hex(16), secrets.token_hex(8)
    return trace, span, f"00-{trace}-{span}-{'01' if sampled else '00'}"


def flushes_to(sessions, spans):
    """Those of loops that have so many sessions in all; nothing before all have come."""
    flushes = [span for span in spans if span.name == "flush"]
    return flushes if sum(attributes(span)["chat.sessions"] for span in flushes) >= sessions else None


def spans_left_out(broker):
    found = re.search(rb"^chat_trace_spans_left_out_total (\d+)$", broker.ask("/metrics")[2], re.MULTILINE)
    return int(found[1])


def test_a_publish_is_followed_from_the_publisher_to_the_sockets(traced, collector):
    trace, parent, traceparent = new_trace()
    with client(traced, "alice") as alice, client(traced, "bob") as bob:
        alice.join("group:lobby")
        bob.join("group:lobby")
        receipt = alice.publish("group:lobby", "hello", traceparent=traceparent)
        # What the publisher has sent goes on as it is.
        assert bob.next_message().traceparent == traceparent
        spans = collector.wait_for(trace, "publish", "commit", "append", "flush")

    publish = spans["publish"]
    assert publish.parent_span_id.hex() == parent and publish.kind == SERVER
    assert attributes(publish)["messaging.destination.name"] == "group:lobby"
    assert attributes(publish)["messaging.system"] == "chat-broker"
    for name in ("commit", "append", "flush"):
        assert spans[name].parent_span_id == publish.span_id, name
        assert spans[name].kind == INTERNAL
    assert attributes(spans["append"])["chat.last_sequence"] == receipt.sequence
    assert attributes(spans["commit"])["chat.messages"] == 1

    # In the order in which it happens.
    commit, append = spans["commit"], spans["append"]
    flushes = wait_until(lambda: flushes_to(2, collector.of_trace(trace)), "flushes to both sessions")
    assert publish.start_time_unix_nano <= commit.start_time_unix_nano <= commit.end_time_unix_nano
    assert commit.end_time_unix_nano == append.start_time_unix_nano <= append.end_time_unix_nano
    assert append.end_time_unix_nano == publish.end_time_unix_nano
    assert all(commit.end_time_unix_nano <= flush.start_time_unix_nano for flush in flushes)
    assert all(flush.start_time_unix_nano < flush.end_time_unix_nano for flush in flushes)
    assert sum(attributes(flush)["chat.sessions"] for flush in flushes) == 2
    assert commit.end_time_unix_nano > commit.start_time_unix_nano
    assert len({span.span_id for span in collector.of_trace(trace)}) == len(collector.of_trace(trace))

    resource = attributes(collector.requests[0].resource_spans[0].resource)
    assert resource["service.name"] == "chat-broker" and resource["service.instance.id"] == "node-1"
    assert resource["service.version"]


def test_the_publishers_decision_counts(traced, collector):
    unsampled, _, not_wanted = new_trace(sampled=False)
    sampled, _, wanted = new_trace()
    with client(traced, "alice") as alice, client(traced, "bob") as bob:
        for session in (alice, bob):
            session.join("group:lobby")
        alice.publish("group:lobby", "one", traceparent=not_wanted)
        alice.publish("group:lobby", "two", traceparent="no trace context")
        alice.publish("group:lobby", "three", traceparent=wanted)
        assert [bob.next_message().traceparent for _ in range(3)] == [not_wanted, "no trace context", wanted]
        collector.wait_for(sampled, "publish")
    # Spans are sent in the order in which they end.
    assert {span.trace_id.hex() for span in collector.spans()} == {sampled}
    assert collector.of_trace(unsampled) == []


def test_of_publishes_without_a_context_a_share_is_traced_and_gets_one(make_broker, collector):
    broker = make_broker(CHAT_TRACE_ENDPOINT=collector.endpoint, CHAT_TRACE_SAMPLE_RATIO="0.25")
    with client(broker, "alice") as alice, client(broker, "bob") as bob:
        for session in (alice, bob):
            session.join("group:lobby")
        for number in range(20):
            alice.publish("group:lobby", str(number))
        contexts = [bob.next_message().traceparent for _ in range(20)]
    given = [context for context in contexts if context]
    assert len(given) == 5
    for context in given:
        version, trace, span, flags = context.split("-")
        assert version == "00" and flags == "01"
        publish = collector.wait_for(trace, "publish")["publish"]
        # Whoever gets the message can go on from the span of its publish, which is the first of its trace.
        assert publish.span_id.hex() == span and publish.parent_span_id == b""


def test_what_is_not_stored_has_no_commit(make_broker, collector):
    broker = make_broker("--retention-none", "broadcast:live/", CHAT_TRACE_ENDPOINT=collector.endpoint)
    trace, _, traceparent = new_trace()
    with client(broker, "alice") as alice:
        alice.subscribe("broadcast:live/score")
        alice.publish("broadcast:live/score", "1:0", traceparent=traceparent)
        collector.wait_for(trace, "publish", "append", "flush")
    assert "commit" not in {span.name for span in collector.of_trace(trace)}


def test_a_publish_over_http_is_traced_by_its_header(traced, collector):
    trace, parent, traceparent = new_trace()
    status, _, _ = traced.ask(
        "/v1/publish", method="POST", body={"to": ["group:lobby"], "sender": "bob", "text": "hello"},
        headers={"traceparent": traceparent})
    assert status == 200
    assert collector.wait_for(trace, "publish", "commit")["publish"].parent_span_id.hex() == parent


def test_a_collector_that_is_busy_is_asked_again_up_to_four_times(traced, collector):
    collector.refusals = [503, 429, 502, 504]
    trace, _, traceparent = new_trace()
    with client(traced, "alice") as alice:
        alice.publish("user:bob", "hello", traceparent=traceparent)
        collector.wait_for(trace, "publish")
    assert len(collector.refused) == 4
    assert spans_left_out(traced) == 0


def test_a_batch_that_is_refused_five_times_is_left_out_and_counted(traced, collector):
    collector.refusals = [503] * 1_000
    trace, _, traceparent = new_trace()
    with client(traced, "alice") as alice:
        alice.publish("user:bob", "hello", traceparent=traceparent)
        # Its publish, commit and append, which usually are in one batch.
        wait_until(lambda: spans_left_out(traced) == 3, "the spans are counted as left out")
        collector.refusals = []
        # What comes later goes out behind further attempts, if there were any.
        later, _, traceparent = new_trace()
        alice.publish("user:bob", "hello", traceparent=traceparent)
        collector.wait_for(later, "publish")
    for batch in {body for _, body in collector.refused}:
        times = [at for at, body in collector.refused if body == batch]
        assert len(times) == 5
        # Each pause is at least half of what is twice as long as before.
        assert all(after - before >= 0.125 * 2**number for number, (before, after) in enumerate(pairwise(times)))
    assert collector.of_trace(trace) == []
    told = [line for line in traced.lines() if line["message"] == "the collector takes no spans"]
    assert sum(line["chat.spans"] for line in told) == 3
    assert {(line["log.level"], line["event.reason"]) for line in told} == {("warning", "status 503")}
    assert spans_left_out(traced) == 3


# What it asks for, and how much of that it gets.
@pytest.mark.parametrize("retry_after, pause", [(2, 2), (3_600, 5)])
def test_a_collector_that_says_when_to_come_again_is_not_asked_before(traced, collector, retry_after, pause):
    collector.refusals, collector.retry_after = [503], retry_after
    trace, _, traceparent = new_trace()
    with client(traced, "alice") as alice:
        alice.publish("user:bob", "hello", traceparent=traceparent)
        collector.wait_for(trace, "publish")
    (refused_at, _), = collector.refused
    assert collector.taken_at - refused_at >= pause


def test_what_a_collector_refuses_is_told_and_not_sent_again(traced, collector):
    collector.refusals = [400]
    trace, _, traceparent = new_trace()
    with client(traced, "alice") as alice:
        alice.publish("user:bob", "hello", traceparent=traceparent)
        line = traced.wait_for("the collector refused spans")
        assert line["chat.spans"] == 3 and line["event.reason"] == "status 400"
        collector.rejects = 2
        later, _, traceparent = new_trace()
        alice.publish("user:bob", "hello", traceparent=traceparent)
        collector.wait_for(later, "publish")
        line = traced.wait_for("the collector refused spans", event__reason="too old")
        assert line["chat.spans"] == 2
    assert collector.of_trace(trace) == []
    assert spans_left_out(traced) == 5


def test_a_collector_that_is_not_there_holds_nothing_up(make_broker):
    broker = make_broker(CHAT_TRACE_ENDPOINT="http://127.0.0.1:9", CHAT_TRACE_SAMPLE_RATIO="1")
    with client(broker, "alice") as alice:
        for number in range(200):
            assert alice.publish("user:bob", "hello").sequence == number + 1
    assert broker.stop() == 0
    told = [line for line in broker.lines() if line["message"] in ("spans were left out", "the collector takes no spans")]
    assert told and all(line["log.level"] == "warning" for line in told)


def test_what_waits_is_sent_when_the_broker_ends(traced, collector):
    traces = []
    with client(traced, "alice") as alice:
        for _ in range(10):
            trace, _, traceparent = new_trace()
            traces.append(trace)
            alice.publish("user:bob", "hello", traceparent=traceparent)
    assert traced.stop() == 0
    assert all({"publish", "commit", "append"} <= {span.name for span in collector.of_trace(trace)} for trace in traces)


def test_without_an_endpoint_nothing_is_sent_and_the_context_goes_on(make_broker):
    broker = make_broker()
    _, _, traceparent = new_trace()
    with client(broker, "alice") as alice, client(broker, "bob") as bob:
        for session in (alice, bob):
            session.join("group:lobby")
        alice.publish("group:lobby", "hello", traceparent=traceparent)
        assert bob.next_message().traceparent == traceparent


def test_no_message_is_in_a_trace(traced, collector):
    trace, _, traceparent = new_trace()
    with client(traced, "alice") as alice:
        alice.join("group:lobby")
        alice.publish("group:lobby", "planted-5e1f", traceparent=traceparent, content_type="text/planted-5e1f")
        collector.wait_for(trace, "publish", "flush")
    wait_until(lambda: collector.requests, "a request")
    assert all(b"planted-5e1f" not in request.SerializeToString() for request in collector.requests)
