"""Signals of the process: each is delivered to a thread of Python's, never to one of Go's."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Those that a thread raises itself, those that Go unblocks, and SIGPROF, which samples all threads.
_GOS = {
    "SIGABRT",
    "SIGBUS",
    "SIGCHLD",
    "SIGFPE",
    "SIGILL",
    "SIGPIPE",
    "SIGPROF",
    "SIGSEGV",
    "SIGSYS",
    "SIGTRAP",
    "SIGURG",
}


@contextmanager
def left_to_python() -> Iterator[None]:
    """Block signals in the threads that Go starts: they keep the mask with which the library is loaded.

    Python's handlers run in the main thread, which waits in a system call, until an event comes
    or a signal interrupts that call. A signal that is delivered to another thread interrupts
    nothing: Ctrl-C would do nothing until the next event. The kernel prefers the main thread, but
    takes another one while a signal of Go's scheduler (SIGURG) is pending there.
    """
    if sys.platform != "linux":
        yield
        return
    wanted = {number for number in signal.valid_signals() if getattr(number, "name", "") not in _GOS}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
