"""Metrics as Prometheus sees them."""

import json
import shutil
import subprocess

from node import eventually


def traffic(node):
    alice, bob = node.client("alice"), node.client("bob")
    for client in (alice, bob):
        client.join("group:lobby")
    for number in range(20):
        alice.publish("group:lobby", f"message {number}")
        assert bob.next_message().sequence == number + 1
    return alice, bob


def test_prometheus_finds_no_fault_with_them(node):
    promtool = shutil.which("promtool")
    assert promtool, "promtool is missing: install the package prometheus, or run .ci/deps test"
    clients = traffic(node)
    text = node.answer("/metrics")[1]
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True)
    assert checked.returncode == 0 and not checked.stderr, checked.stdout + checked.stderr
    del clients


def test_promtool_would_find_a_fault(node):
    text = node.answer("/metrics")[1].replace("chat_gaps_total", "chat_gaps")
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert checked.returncode != 0


def test_traffic_is_counted_and_measured(node):
    clients = traffic(node)
    metrics = node.metrics()
    assert metrics["chat_sessions"] == 2
    assert metrics['chat_sessions_opened_total{transport="tcp"}'] == 2
    assert metrics["chat_messages_published_total"] == 20
    assert metrics["chat_deliveries_total"] >= 40
    assert metrics["chat_publish_durable_seconds_count"] == 20
    # Two loops at most have followers.
    assert 20 <= metrics["chat_publish_socket_seconds_count"] <= 40
    assert 0 < metrics["chat_publish_durable_seconds_sum"] < metrics["chat_publish_socket_seconds_sum"] + 60
    assert metrics["chat_store_batch_messages_sum"] == 20
    assert metrics["chat_store_free_bytes"] > 0
    eventually(lambda: node.metrics()["chat_loop_delay_seconds_count"] > 0, "loops tick")
    assert metrics["chat_received_bytes_total"] > 0 and metrics["chat_sent_bytes_total"] > 0
    assert metrics["process_resident_memory_bytes"] > 1 << 20
    for client in clients:
        client.close()


def test_they_are_those_of_the_table_and_grow_with_nothing_that_clients_choose(node):
    lines = node.command("metrics", "--json").stdout.splitlines()
    table = {(metric := json.loads(line))["name"]: metric["kind"] for line in lines}
    before = set(node.metrics())
    for number in range(30):
        client = node.client(f"user{number}", device=f"device{number}")
        client.join(f"group:g{number}")
        client.publish(f"group:g{number}", "x")
        client.close()
    assert set(node.metrics()) == before
    kinds = dict(
        line.split()[2:4] for line in node.answer("/metrics")[1].splitlines() if line.startswith("# TYPE"))
    assert kinds.items() <= table.items()
    # What needs TLS, tokens or traces is not there.
    assert table.keys() - kinds.keys() == {
        "chat_tls_certificate_expiry_time_seconds", "chat_tls_handshake_failures_total", "chat_token_key_fetches_total",
        "chat_trace_spans_left_out_total"}
