"""The client of the page and what the page holds, as modules of their own, under Node."""

import pathlib
import shutil
import subprocess

NODE = shutil.which("node")


def test_the_client_keeps_its_promises_under_node():
    assert NODE, "node is missing: .ci/deps test installs it"
    scripts = [pathlib.Path(__file__).with_name(name) for name in ("client.test.mjs", "store.test.mjs")]
    done = subprocess.run([NODE, "--test", *scripts], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
