"""The files of Deploy/logging fit one another and the broker. The programs themselves cannot be run here, but rsyslog."""

import json
import re

import yaml

from index_template import LOGGING, field_types, template

INDEX = "logs-chat_broker-default"


def saved_objects():
    lines = (LOGGING / "kibana-saved-objects.ndjson").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_the_template_is_for_the_index_that_all_shippers_write_to():
    pattern, = template()["index_patterns"]
    assert pattern.endswith("*") and INDEX.startswith(pattern[:-1])
    for name in ("rsyslog.conf", "fluent-bit.yaml", "fluentd.conf"):
        assert INDEX in (LOGGING / name).read_text(), name


def test_what_has_no_field_is_kept_and_does_not_grow_the_index():
    mappings = template()["template"]["mappings"]
    assert mappings["dynamic"] is False
    assert mappings["properties"]["labels"] == {"type": "object", "dynamic": True}
    rule, = mappings["dynamic_templates"]
    assert rule["labels"] == {"path_match": "labels.*", "mapping": {"type": "keyword", "ignore_above": 1024}}


def test_every_reference_of_a_saved_object_is_there():
    *objects, summary = saved_objects()
    assert summary["exportedCount"] == len(objects) and summary["missingReferences"] == []
    known = {(entry["type"], entry["id"]) for entry in objects}
    assert len(known) == len(objects)
    for entry in objects:
        assert {(reference["type"], reference["id"]) for reference in entry["references"]} <= known, entry["id"]


def test_the_dashboard_has_panels_that_do_not_overlap():
    dashboard, = [entry for entry in saved_objects() if entry.get("type") == "dashboard"]
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    names = {reference["name"] for reference in dashboard["references"]}
    assert {f"{panel['panelIndex']}:{panel['panelRefName']}" for panel in panels} == names
    taken = set()
    for panel in panels:
        grid = panel["gridData"]
        cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
        assert not cells & taken and max(x for x, _ in cells) < 48
        taken |= cells


def test_visualisations_use_fields_that_the_broker_writes():
    fields, used = field_types(), set()
    for entry in saved_objects():
        if entry.get("type") == "lens":
            layers = entry["attributes"]["state"]["datasourceStates"]["formBased"]["layers"]
            for layer in layers.values():
                assert set(layer["columnOrder"]) == set(layer["columns"])
                used |= {column["sourceField"] for column in layer["columns"].values()} - {"___records___"}
                for column in layer["columns"].values():
                    if column["operationType"] in ("sum", "percentile"):
                        assert fields[column["sourceField"]] == "long"
            used |= set(re.findall(r"([\w.]+) :", entry["attributes"]["state"]["query"]["query"]))
        elif entry.get("type") == "search":
            used |= set(entry["attributes"]["columns"])
    assert len(used) > 8 and used <= set(fields)


def test_actions_that_visualisations_look_for_are_those_of_the_broker():
    sources = LOGGING.parents[1] / "Sources"
    code = "".join(path.read_text() for path in sources.rglob("*.swift"))
    actions = {action for entry in saved_objects() for action in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', str(
        entry.get("attributes", {}).get("state", {}).get("query", "")))}
    assert actions and {action for action in actions if f'"{action}"' not in code} == set()


def test_fluent_bit_takes_every_line_to_the_index_and_its_time_once():
    configuration = yaml.safe_load((LOGGING / "fluent-bit.yaml").read_text())
    parser, = configuration["parsers"]
    tail, = configuration["pipeline"]["inputs"]
    filters = configuration["pipeline"]["filters"]
    output, = configuration["pipeline"]["outputs"]
    assert {entry["match"] for entry in [*filters, output]} == {tail["tag"]}
    assert [entry["name"] for entry in filters] == ["kubernetes", "parser", "modify"]
    assert filters[1]["parser"] == parser["name"] and filters[1]["key_name"] == "log"
    assert output["index"] == INDEX and output["write_operation"] == "create"
    # Else the document would have the member twice.
    assert parser["time_key"] == output["time_key"] == "@timestamp" and parser["time_keep"] is False


def test_fluentd_has_sections_that_end_and_one_way_to_the_index():
    open_sections, tags = [], []
    for line in (LOGGING / "fluentd.conf").read_text().splitlines():
        line = line.strip()
        if end := re.fullmatch(r"</(\w+)>", line):
            assert open_sections.pop() == end[1], line
        elif begin := re.fullmatch(r"<(\w+)(?: (.*))?>", line):
            open_sections.append(begin[1])
            tags.append((begin[1], begin[2]))
    assert open_sections == []
    assert {tag for name, tag in tags if name in ("filter", "match")} == {"kubernetes.**"}
    assert [name for name, _ in tags if name in ("source", "match")] == ["source", "match"]
