"""Promotes what a roll-out has found good: gives its image the name of the last good one. Else it fails.

The verdict is that of this very broker, and the image has this very broker, or it does not count. With --registry the
image is pushed, too. It needs nothing but Python, and podman or docker if there is an image.

EXAMPLES
  promote.py --verdict .build-canary/verdict.json --broker .build-image/chat-broker
  promote.py --verdict verdict.json --broker chat-broker --image localhost/chat-broker:test --as chat-broker:stable
  promote.py --verdict verdict.json --broker chat-broker --image localhost/chat-broker:test --as chat-broker:stable \\
    --registry registry.example.org/chat

EXIT CODES
  0 promoted  1 rolled back: nothing was named  64 wrong usage  65 the verdict is missing or that of another broker,
  or the image has another one  otherwise that of the tool for images
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

from canary_check import Parser

ROLLED_BACK, REFUSED, UNAVAILABLE = 1, 65, 69
# Where the image has its program.
PROGRAM = "/usr/bin/chat-broker"


def digest(file):
    return hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()


def digest_in(image, tool):
    """The digest of the program in an image, by way of a container that never runs."""
    create = [tool, "create", "--no-healthcheck", image]
    container = subprocess.run(create, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    try:
        with tempfile.TemporaryDirectory(prefix="chat-promote-") as directory:
            file = pathlib.Path(directory) / "chat-broker"
            subprocess.run([tool, "cp", f"{container}:{PROGRAM}", str(file)], check=True)
            return digest(file)
    finally:
        subprocess.run([tool, "rm", "--volumes", container], stdout=subprocess.DEVNULL)


def arguments(words):
    parser = Parser(prog="promote.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verdict", required=True, metavar="FILE", help="what make canary has written")
    parser.add_argument("--broker", required=True, metavar="FILE", help="the program that was tried")
    parser.add_argument("--image", help="the image that has it")
    parser.add_argument("--as", dest="name", default="chat-broker:stable", help="what the image is called from now on")
    parser.add_argument("--registry", help="where to push it")
    parser.add_argument("--tool", default="podman", help="podman or docker")
    return parser.parse_args(words)


def main(words=None):
    options = arguments(words)
    try:
        told = json.loads(pathlib.Path(options.verdict).read_text())
        if told["candidate"] != digest(options.broker):
            raise ValueError("it is that of another broker: run make canary again")
    except (OSError, ValueError, KeyError) as error:
        print(f"promote.py: no verdict in {options.verdict}: {error}", file=sys.stderr)
        return REFUSED
    broken = [f"{kind}: {len(told[kind])}" for kind in ("lost", "duplicated", "dropped") if told[kind]]
    if not told["promoted"] or broken:
        last = told["steps"][-1]
        print("; ".join([f"rolled back at {last['weight']} %", *last["reasons"], *broken]), file=sys.stderr)
        return ROLLED_BACK
    try:
        if options.image and digest_in(options.image, options.tool) != told["candidate"]:
            print(f"promote.py: {options.image} has another broker than the one that was tried: try that", file=sys.stderr)
            return REFUSED
        print("promoted: " + "; ".join(told["steps"][-1]["reasons"]))
        for command in commands(options):
            subprocess.run(command, check=True)
    except subprocess.CalledProcessError as error:
        return error.returncode
    except OSError as error:
        print(f"promote.py: {options.tool} cannot be started: {error}. Install it, or name another with --tool", file=sys.stderr)
        return UNAVAILABLE
    return 0


def commands(options):
    """What is done with the image."""
    if not options.image:
        return []
    tag = [options.tool, "tag", options.image]
    if not options.registry:
        return [[*tag, options.name]]
    remote = f"{options.registry.rstrip('/')}/{options.name}"
    return [[*tag, options.name], [*tag, remote], [options.tool, "push", remote]]


if __name__ == "__main__":
    sys.exit(main())
