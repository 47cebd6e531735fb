"""A disk that can be filled."""

import subprocess
from contextlib import contextmanager

from permitted import require

MEGABYTE = 1 << 20


@contextmanager
def small_disk(path, megabytes):
    """A file system of its own at `path`, which is made."""
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", path], capture_output=True)
    require(mounted.returncode == 0, "mounting a file system (mount, as root)")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def fill(path, most=1 << 40):
    """Writes until so much is written, or there is no room; returns how much it was."""
    written = 0
    with path.open("ab", buffering=0) as file:
        for size in (MEGABYTE, 4096, 1):
            try:
                while written < most:
                    written += file.write(bytes(size))
            except OSError:
                continue
    return written
