"""What the index template of Deploy/logging says about fields."""

import json
import pathlib

LOGGING = pathlib.Path(__file__).parents[2] / "Deploy" / "logging"


def template():
    return json.loads((LOGGING / "elasticsearch-index-template.json").read_text())


def field_types():
    """The type of each field, by its dotted name."""
    types = {}

    def walk(properties, prefix):
        for name, definition in properties.items():
            if "properties" in definition:
                walk(definition["properties"], f"{prefix}{name}.")
            else:
                types[prefix + name] = definition["type"]

    walk(template()["template"]["mappings"]["properties"], "")
    return types


def mismatch(name, value, types):
    """Why Elasticsearch would refuse or not find a field; None if it would."""
    if name.startswith("labels."):
        return None if isinstance(value, (str, int, bool)) else f"{name} is {value!r}"
    kind = types.get(name)
    if kind is None:
        return f"{name} is not in the template"
    if kind == "keyword" and isinstance(value, list):
        return None if all(isinstance(element, str) for element in value) else f"{name} is {value!r}"
    if kind == "long":
        return None if isinstance(value, int) and not isinstance(value, bool) else f"{name} is {value!r}, not a number"
    return None if isinstance(value, str) else f"{name} is {value!r}, not a text"
