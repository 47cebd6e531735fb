#!/usr/bin/env python3
"""Writes what is in the image as a bill of materials: CycloneDX 1.6, as JSON, to the output.

Swift packages are those that the program depends on, with the versions of Package.resolved; Debian packages those whose
libraries are linked into it, with the versions that the image itself names in /var/lib/dpkg/status.d.

Usage: sbom.py [LAYOUT]; LAYOUT is the OCI layout that build-image.sh leaves, by default .build-image/oci
"""

import json
import os
import re
import subprocess
import sys
import tarfile
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = "chat-broker"
# For an id that depends on nothing but the image.
NAMESPACE = uuid.UUID("9c4d1a0e-5b0f-4c53-9a54-3f3f6f1d8a11")


def swift(*arguments):
    command = [os.environ.get("SWIFT", "swift"), "package", "--scratch-path", ".build-broker", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout[done.stdout.index("{") :])


def packages_of_product():
    """The identities of the packages whose products the targets of the program use."""
    targets = {target["name"]: target for target in swift("dump-package")["targets"]}
    waiting, seen, packages = [PRODUCT], set(), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for dependency in targets[name]["dependencies"]:
            if "product" in dependency:
                packages.add(dependency["product"][1].lower())
            else:
                (inner, *_), = dependency.values()
                waiting.append(inner)
    return packages


def closure(identities):
    """Those packages and all that they depend on."""
    found = set()

    def visit(node, wanted):
        for child in node["dependencies"]:
            inside = wanted or child["identity"] in identities
            if inside:
                found.add(child["identity"])
            visit(child, inside)

    visit(swift("show-dependencies", "--format", "json"), False)
    return found


def swift_components():
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    wanted = closure(packages_of_product())
    for pin in sorted(pins, key=lambda pin: pin["identity"]):
        if pin["identity"] not in wanted:
            continue
        place = re.sub(r"^https://|\.git$", "", pin["location"])
        version = pin["state"].get("version", pin["state"]["revision"])
        yield {
            "type": "library",
            "bom-ref": f"swift:{pin['identity']}",
            "name": pin["identity"],
            "version": version,
            "purl": f"pkg:swift/{place}@{version}",
            "properties": [{"name": "revision", "value": pin["state"]["revision"]}],
        }


def toolchain():
    done = subprocess.run([os.environ.get("SWIFT", "swift"), "--version"], check=True, capture_output=True, text=True)
    return {
        "type": "library",
        "bom-ref": "swift-runtime",
        "name": "swift-runtime",
        "version": re.search(r"Swift version (\S+)", done.stdout)[1],
    }


class Layout:
    """An image with one layer, as skopeo writes it."""

    def __init__(self, directory):
        self._blobs = directory / "blobs"
        index = json.loads((directory / "index.json").read_text())
        manifest = self._json(index["manifests"][0])
        config = self._json(manifest["config"])
        self.layers = manifest["layers"]
        self.digests = config["rootfs"]["diff_ids"]
        self.labels = config["config"]["Labels"]

    def _path(self, descriptor):
        return self._blobs / descriptor["digest"].replace(":", "/")

    def _json(self, descriptor):
        return json.loads(self._path(descriptor).read_text())

    def debian_components(self):
        for layer in self.layers:
            with tarfile.open(self._path(layer)) as archive:
                for member in sorted(archive.getmembers(), key=lambda member: member.name):
                    if member.isfile() and "/status.d/" in f"/{member.name}":
                        yield self._debian_component(archive.extractfile(member).read().decode())

    @staticmethod
    def _debian_component(status):
        fields = dict(re.findall(r"^([A-Z][A-Za-z-]*): (.*)$", status, re.MULTILINE))
        name, version, architecture = fields["Package"], fields["Version"], fields["Architecture"]
        return {
            "type": "library",
            "bom-ref": f"deb:{name}",
            "name": name,
            "version": version,
            "purl": f"pkg:deb/debian/{name.replace('+', '%2B')}@{version.replace('+', '%2B')}?arch={architecture}",
        }


def main():
    layout = Layout(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".build-image/oci"))
    version = layout.labels["org.opencontainers.image.version"]
    components = [*swift_components(), toolchain(), *layout.debian_components()]
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, ' '.join(layout.digests))}",
        "version": 1,
        "metadata": {
            "timestamp": layout.labels["org.opencontainers.image.created"],
            "component": {
                "type": "container",
                "bom-ref": PRODUCT,
                "name": PRODUCT,
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "hashes": [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")} for digest in layout.digests],
            },
        },
        "components": components,
        "dependencies": [{"ref": PRODUCT, "dependsOn": [component["bom-ref"] for component in components]}],
    }
    json.dump(document, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
