"""The end of a program that has not closed its clients: their work is ended.

Usually asyncio.run and ``async with`` have done that before. What remains are loops that
nobody closed, daemon threads, and clients that were dropped a moment ago. A process that is
killed, or exits by os._exit, ends nothing: reap finds that later.
"""

from __future__ import annotations

import atexit
import ctypes
import logging
import os
import select
import sys

from .._wire.generated.methods import CLIENT_CLOSE_ALL
from . import native

# Seconds that the end of a program may take.
EXIT_TIME = 8.0

logger = logging.getLogger("ml_nexus_go")

_registered_in = 0


def register() -> None:
    """Make this process end its work when it exits. May be repeated.

    Called at import, so that the program's own atexit functions run first and find
    their clients open; and in a forked child of multiprocessing, which has none of its
    parent's functions, when it loads the library.
    """
    global _registered_in
    if _registered_in == os.getpid():
        return
    if _registered_in:
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            util.Finalize(None, end_all, exitpriority=-1)  # before 3.13 they skip atexit
    _registered_in = os.getpid()
    atexit.register(end_all)


def end_all() -> None:
    """Close all clients, and wait until their work has ended: EXIT_TIME at most."""
    library = native.loaded()
    if library is None:
        return
    queue, fd, operation = ctypes.c_uint64(), ctypes.c_int32(), ctypes.c_uint64()
    if library.queue_open(ctypes.byref(queue), ctypes.byref(fd)):
        return  # a forked child: the clients are its parent's
    try:
        if library.submit(queue, 0, 1, CLIENT_CLOSE_ALL.name, b"", 0, b"", 0, ctypes.byref(operation)):
            return
        answer = select.poll()
        answer.register(fd.value, select.POLLIN)
        if not answer.poll(EXIT_TIME * 1000):
            logger.warning(
                "the program ends, and the engine has not ended what it had under way in %g s: "
                "it may still run, and reap() finds it",
                EXIT_TIME,
            )
    finally:
        library.queue_close(queue)
