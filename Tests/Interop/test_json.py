"""JSON of every message of Protos/, against Python's json_format."""

import json
import os
import pathlib
import random
import subprocess

import pytest
from chat.v1 import client_pb2, conversation_pb2, error_pb2, server_pb2
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor as Field

MESSAGES_OF_EACH_TYPE = 200
TIME_LIMIT = 120

TYPES = sorted(
    (
        message_factory.GetMessageClass(descriptor)
        for module in (client_pb2, conversation_pb2, error_pb2, server_pb2)
        for descriptor in module.DESCRIPTOR.message_types_by_name.values()
    ),
    key=lambda type: type.DESCRIPTOR.full_name,
)

RANGES = {
    Field.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    Field.CPPTYPE_UINT32: (0, 2**32 - 1),
    Field.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    Field.CPPTYPE_UINT64: (0, 2**64 - 1),
}

# Letters of each length in UTF-8, and whatever JSON writes in a special way.
LETTERS = "aZ09 _/<>&'\"\\\b\f\n\r\t\x01\x1f\x7f\u0080éß€\u2028\u2029\ud7ff\ue000\ufeff\uffff📺\U00010000\U0010ffff"


@pytest.fixture(scope="module")
def transcode():
    """Lets the Swift codec transcode lines of columns; answers with lines of columns."""
    beside = pathlib.Path(os.environ.get("CHAT_BROKER", ".build/debug/chat-broker")).with_name("json-transcoder")
    program = os.environ.get("JSON_TRANSCODER", str(beside))
    if not os.access(program, os.X_OK):
        pytest.fail(f"no executable at {program}: run swift build, or set JSON_TRANSCODER")

    def run(lines):
        text = "".join("\t".join(columns) + "\n" for columns in lines)
        done = subprocess.run(
            [program], input=text.encode(), stdout=subprocess.PIPE, timeout=TIME_LIMIT, check=True
        )
        answers = [line.split("\t", 1) for line in done.stdout.decode().split("\n")[:-1]]
        assert len(answers) == len(lines)
        return answers

    return run


def number(source, field):
    low, high = RANGES[field.cpp_type]
    near = [low, low + 1, -1, 0, 1, 2, high - 1, high, 2**53 - 1, 2**53, 2**53 + 1, 10**15, 10**18]
    if source.random() < 0.5:
        return source.choice([value for value in near if low <= value <= high])
    return min(high, max(low, source.getrandbits(source.randrange(1, 65)) - source.randrange(2)))


def scalar(source, field):
    if field.cpp_type == Field.CPPTYPE_BOOL:
        return source.random() < 0.5
    if field.cpp_type == Field.CPPTYPE_ENUM:
        numbers = list(field.enum_type.values_by_number)
        return source.choice(numbers + [-1, 99, 2**31 - 1, -(2**31)])
    if field.type == Field.TYPE_BYTES:
        return source.randbytes(source.choice([0, 1, 2, 3, 4, 5, 100, 1000]))
    if field.cpp_type == Field.CPPTYPE_STRING:
        return "".join(source.choices(LETTERS, k=source.choice([0, 1, 7, 8, 9, 50, 300])))
    return number(source, field)


def fill(source, message, depth=0):
    """Sets about half of the fields; of a oneof at most one."""
    for field in message.DESCRIPTOR.fields:
        if source.random() < 0.5:
            continue
        if field.is_repeated:
            values = getattr(message, field.name)
            for _ in range(source.choice([0, 1, 2, 5, 9])):
                if field.message_type:
                    fill(source, values.add(), depth + 1)
                else:
                    values.append(scalar(source, field))
        elif field.message_type:
            value = getattr(message, field.name)
            value.SetInParent()
            fill(source, value, depth + 1)
        else:
            setattr(message, field.name, scalar(source, field))


def samples(type):
    source = random.Random(type.DESCRIPTOR.full_name)
    yield type()
    for _ in range(MESSAGES_OF_EACH_TYPE):
        message = type()
        fill(source, message)
        yield message


def refuse_duplicates(pairs):
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


@pytest.mark.parametrize("type", TYPES, ids=lambda type: type.DESCRIPTOR.name)
def test_what_is_written_is_what_python_writes_and_reads(transcode, type):
    messages = list(samples(type))
    name = type.DESCRIPTOR.full_name
    answers = transcode([("json", name, message.SerializeToString().hex()) for message in messages])
    for message, (verdict, text) in zip(messages, answers):
        assert verdict == "ok", text
        said = json.loads(text, object_pairs_hook=refuse_duplicates)
        expected = json_format.MessageToDict(message)
        assert said == expected
        # Fields stand in the order of their numbers, without white space between.
        assert text == json.dumps(said, separators=(",", ":"), ensure_ascii=False)
        assert json_format.Parse(text, type()) == message


def loose(source, value):
    """The same JSON, written otherwise."""
    if isinstance(value, dict):
        members = [(key, loose(source, entry)) for key, entry in value.items()]
        source.shuffle(members)
        if source.random() < 0.3:
            unknown = source.choice([1, -2.5e10, None, True, "x\n", [], [[{}]], {"a": [{"b": [None]}]}])
            members.insert(source.randrange(len(members) + 1), ("tomorrow's", unknown))
        return dict(members)
    if isinstance(value, list):
        return [loose(source, entry) for entry in value]
    if isinstance(value, str) and value.lstrip("-").isdecimal() and value.isascii():
        # Only what a float holds exactly may become one.
        forms = [value, int(value)]
        if abs(int(value)) < 2**53:
            forms += [float(value), f"{value}.0", f"{value}e0"]
        return source.choice(forms)
    return value


def forms(source, message):
    exact = json_format.MessageToDict(message)
    yield json_format.MessageToJson(message)
    yield json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None)
    yield json_format.MessageToJson(message, always_print_fields_with_no_presence=True, ensure_ascii=False)
    yield json_format.MessageToJson(message, use_integers_for_enums=True)
    yield json.dumps(loose(source, exact), ensure_ascii=source.random() < 0.5)


@pytest.mark.parametrize("type", TYPES, ids=lambda type: type.DESCRIPTOR.name)
def test_what_python_writes_is_understood(transcode, type):
    source = random.Random(type.DESCRIPTOR.full_name)
    name = type.DESCRIPTOR.full_name
    asked = []
    for message in samples(type):
        for text in forms(source, message):
            text = text.replace("\n", " ")
            # A text that looks like a number may have become one, where only a text is allowed.
            try:
                same = json_format.Parse(text, type(), ignore_unknown_fields=True) == message
            except json_format.ParseError:
                same = False
            if same:
                asked.append((message, text))
    assert len(asked) > 4 * MESSAGES_OF_EACH_TYPE
    answers = transcode([("protobuf", name, text) for _, text in asked])
    for (message, text), (verdict, answer) in zip(asked, answers):
        assert verdict == "ok", (text, answer)
        assert type.FromString(bytes.fromhex(answer)) == message, text


def test_unknown_fields_are_left_out(transcode):
    source = random.Random(1)
    lines, expected = [], []
    for type in TYPES:
        for message in samples(type):
            extra = b"\xc2\x3e\x03abc\xc0\x3e\x96\x01\xc5\x3e1234\xc1\x3e12345678"
            data = message.SerializeToString()
            lines.append(("json", type.DESCRIPTOR.full_name, (extra + data if source.random() < 0.5 else data + extra).hex()))
            expected.append(json_format.MessageToDict(message))
    answers = transcode(lines)
    for said, (verdict, text) in zip(expected, answers):
        assert verdict == "ok" and json.loads(text) == said


@pytest.mark.parametrize(
    "name, text",
    [
        ("ClientFrame", '{"requestId":1,"requestId":1}'),
        ("ClientFrame", '{"ping":{},"join":{}}'),
        ("ClientFrame", '{"requestId":-1}'),
        ("ClientFrame", '{"requestId":18446744073709551616}'),
        ("ClientFrame", '{"requestId":0.5}'),
        ("ClientFrame", '{"requestId":true}'),
        ("ClientFrame", '{"requestId":"a"}'),
        ("ClientFrame", '{"ping":1}'),
        ("ClientFrame", "{"),
        ("Connect", '{"user":1}'),
        ("Connect", '{"user":"\\ud83d"}'),
        ("Connect", '{"resume":{}}'),
        ("Connect", '{"resume":[null]}'),
        ("History", '{"limit":4294967296}'),
        ("History", '{"fromStart":"true"}'),
        ("Publish", '{"body":"a"}'),
        ("Publish", '{"body":1}'),
    ],
)
def test_what_python_refuses_is_refused(transcode, name, text):
    [type] = [type for type in TYPES if type.DESCRIPTOR.name == name]
    with pytest.raises(json_format.ParseError):
        json_format.Parse(text, type(), ignore_unknown_fields=True)
    [(verdict, sentence)] = transcode([("protobuf", type.DESCRIPTOR.full_name, text)])
    assert verdict == "error", sentence
