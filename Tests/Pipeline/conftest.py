import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
BROKER = pathlib.Path(os.environ["CHAT_BROKER"])


@pytest.fixture(scope="session")
def broker():
    """The broker to test, which is good."""
    return BROKER


@pytest.fixture(scope="session")
def spoilt(tmp_path_factory):
    """Makes brokers that are bad on purpose: spoilt("slow", SYNC_SLEEP_MS=100) is a program like any other."""
    directory = tmp_path_factory.mktemp("spoilt")
    library = directory / "spoilt-sync.so"
    source = HERE / "spoilt-sync.c"
    subprocess.run(
        [os.environ.get("CC", "cc"), "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
        + ["-o", str(library), str(source), "-ldl"],
        check=True,
    )

    def make(name, **settings):
        program = directory / name
        words = " ".join(f"{key}={value}" for key, value in settings.items())
        program.write_text(f'#!/bin/sh\nexec env LD_PRELOAD="{library}" {words} "{BROKER}" "$@"\n')
        program.chmod(0o755)
        return program

    return make
