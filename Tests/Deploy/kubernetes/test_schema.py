"""Every object against a schema: Kubernetes' own for its kinds, a hand-written subset for custom resources."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from manifests import parse

VERSION = "1.34"
# The fields that we use, with the names and types of the projects' own definitions; not those definitions themselves.
SUBSETS = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent.parent / "schemas").glob("*.json")}


def validate_core(directory, manifests):
    """Whether kubernetes-validate takes them all; what it said."""
    file = directory / "manifests.yaml"
    file.write_text(yaml.safe_dump_all([dict(manifest) for manifest in manifests]))
    tool = Path(sys.executable).with_name("kubernetes-validate")
    done = subprocess.run([tool, "--strict", "-k", VERSION, file], capture_output=True, text=True, timeout=60)
    return done.returncode == 0, done.stdout + done.stderr


def test_every_object_of_kubernetes_has_the_fields_that_this_version_knows(manifests, tmp_path):
    core = [manifest for manifest in manifests if manifest["kind"] not in SUBSETS]
    accepted, said = validate_core(tmp_path, core)
    assert accepted, said


def test_every_custom_resource_uses_only_fields_that_we_know_to_exist(manifests):
    for manifest in manifests:
        if manifest["kind"] in SUBSETS:
            jsonschema.validate(manifest, SUBSETS[manifest["kind"]])


def test_each_subset_of_a_schema_is_used_and_strict(texts):
    kinds = {manifest["kind"] for text in texts.values() for manifest in parse(text)}
    for kind, schema in SUBSETS.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert kind in kinds
        assert schema["additionalProperties"] is False


def test_a_misspelt_field_is_refused(production, tmp_path):
    for manifest in production:
        wrong = {**manifest, "spce": {}}
        if manifest["kind"] in SUBSETS:
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(wrong, SUBSETS[manifest["kind"]])
        elif manifest["kind"] == "StatefulSet":
            accepted, said = validate_core(tmp_path, [wrong])
            assert not accepted and "spce" in said


def test_no_object_is_there_twice(manifests):
    names = [str(manifest) for manifest in manifests]
    assert len(names) == len(set(names))
