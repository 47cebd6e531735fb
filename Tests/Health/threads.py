"""Stops single threads of another process, as a debugger does: to everybody else they hang."""

import ctypes
import os
from contextlib import contextmanager
from pathlib import Path

ATTACH, DETACH = 16, 17
WAIT_FOR_THREADS = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def event_loops(process_id):
    """The threads of the event loops, in their order."""
    named = {name: thread for name, thread in threads(process_id) if name.startswith("NIO-ELT")}
    return [named[name] for name in sorted(named)]


def store_writer(process_id):
    """The thread that commits."""
    (writer,) = (thread for name, thread in threads(process_id) if name == "store-writer")
    return writer


def threads(process_id):
    for task in Path(f"/proc/{process_id}/task").iterdir():
        yield (task / "comm").read_text().strip(), int(task.name)


def trace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def is_permitted():
    child = os.fork()
    if child == 0:
        os._exit(0 if libc.ptrace(0, 0, None, None) == 0 else 1)
    return os.waitpid(child, 0)[1] == 0


@contextmanager
def stopped(thread):
    """The thread stands still. If its process ends, the end is taken note of."""
    trace(ATTACH, thread)
    os.waitpid(thread, WAIT_FOR_THREADS)
    try:
        yield
    finally:
        try:
            trace(DETACH, thread)
        except OSError:
            # It has ended; until somebody has noted that, its process has not.
            try:
                os.waitpid(thread, WAIT_FOR_THREADS)
            except ChildProcessError:
                pass
