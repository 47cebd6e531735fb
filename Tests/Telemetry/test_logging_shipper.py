"""The log comes to Elasticsearch as it was written: through rsyslog, with the configuration of Deploy/logging."""

import json
import os
import shutil
import subprocess

import pytest

from bulk_receiver import REASON, BulkReceiver
from chat_client import ChatClient
from ecs_broker import PATIENCE, wait_until
from index_template import LOGGING, field_types, mismatch

# What programs that read lines stumble over.
DATA = "Žofie \"quoted\" \\ 漢字 % \t{}"
RSYSLOGD = shutil.which("rsyslogd") or "/usr/sbin/rsyslogd"


class Shipper:
    def __init__(self, log, state, port):
        state.mkdir(exist_ok=True)
        self._errors = (state / "rsyslogd.err").open("w+")
        self._process = subprocess.Popen(
            [RSYSLOGD, "-n", "-f", str(LOGGING / "rsyslog.conf"), "-i", str(state / "rsyslogd.pid")],
            stdin=subprocess.DEVNULL, stdout=self._errors, stderr=self._errors,
            env={**os.environ, "CHAT_LOG_FILE": str(log), "ELASTICSEARCH_HOST": "127.0.0.1",
                 "ELASTICSEARCH_PORT": str(port), "RSYSLOG_STATE": str(state)})

    def said(self):
        self._errors.seek(0)
        return self._errors.read()

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
        code = self._process.wait(PATIENCE)
        self._errors.close()
        return code


@pytest.fixture
def receiver():
    receiver = BulkReceiver()
    yield receiver
    receiver.close()


def flat(document, prefix=""):
    for name, value in document.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def test_every_field_of_every_line_arrives(make_broker, tmp_path, receiver):
    # The file has to be there when rsyslog looks.
    (tmp_path / "broker.log").touch()
    shipper = Shipper(tmp_path / "broker.log", tmp_path / "rsyslog", receiver.port)
    try:
        broker = make_broker(data=DATA)
        with ChatClient("127.0.0.1", broker.ports["tcp"], user="alice") as client:
            client.join("group:lobby")
            client.publish("group:lobby", "hello")
        assert broker.ask("/nowhere")[0] == 404
        assert broker.stop() == 0
        with broker.output.open("a") as output:
            output.write("Fatal error: \"this\" is no JSON\n")
        # What is written before Elasticsearch can be reached arrives, too.
        receiver.start()
        written = broker.output.read_text().count("\n")
        wait_until(lambda: len(set(receiver.ids)) >= written, f"{written} documents; rsyslog said {shipper.said()}")
    finally:
        shipper.stop()

    # One that was sent again has the same id, and is the same document.
    arrived = {}
    for document_id, document in zip(receiver.ids, receiver.documents):
        assert arrived.setdefault(document_id, document) == document
    assert receiver.operations == {"create"} and receiver.indices == {"logs-chat_broker-default"}
    lines = [json.loads(line) for line in broker.output.read_text().splitlines()[:-1]]
    ordinary = [document for document in arrived.values() if "no JSON" not in document["message"]]
    assert sorted(map(str, ordinary)) == sorted(map(str, lines))
    types = field_types()
    for document in arrived.values():
        assert [problem for name, value in flat(document) if (problem := mismatch(name, value, types))] == []
    assert any(document.get("chat.file") == str(broker.data) for document in ordinary)
    other, = [document for document in arrived.values() if "no JSON" in document["message"]]
    assert other["message"] == "Fatal error: \"this\" is no JSON" and other["log.level"] == "error"


def test_what_elasticsearch_refuses_is_kept_with_why_and_the_rest_arrives(make_broker, tmp_path, receiver):
    (tmp_path / "broker.log").touch()
    file = tmp_path / "rsyslog" / "refused.json"
    receiver.refuses = '"chat.listener":"http"'
    receiver.start()
    shipper = Shipper(tmp_path / "broker.log", file.parent, receiver.port)
    try:
        broker = make_broker()
        assert broker.stop() == 0
        refused = [line for line in broker.lines() if line.get("chat.listener") == "http"]
        others = len(broker.lines()) - len(refused)
        assert refused and others
        wait_until(lambda: len(set(receiver.ids)) == others, f"{others} documents; rsyslog said {shipper.said()}")
        wait_until(lambda: file.exists() and file.read_text(), "what was refused")
    finally:
        shipper.stop()
    kept = [entry for line in file.read_text().splitlines() if line for entry in errors(json.loads(line))]
    assert [line for line, _ in kept] == refused
    assert {error["reason"] for _, error in kept} == {REASON}


def errors(kept):
    """The documents of a request that were refused, each with why."""
    documents = kept["request"]["postdata"].splitlines()[1::2]
    answers = [item["create"] for item in kept["reply"]["items"]]
    assert len(documents) == len(answers)
    return [(json.loads(document), answer["error"])
            for document, answer in zip(documents, answers) if "error" in answer]
