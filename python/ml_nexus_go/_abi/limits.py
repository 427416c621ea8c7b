"""Limits of the process (``ulimit``) that affect Go's runtime, or that it changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from .._errors import InternalError

# Address space, in bytes, that Go reserves and its threads' stacks and heaps take. Memory
# in use is a hundredth of it. With less, Go ends the process with a trace of its own.
NEEDED = 1800 << 20


def check_address_space() -> None:
    """Raise InternalError if ``ulimit -v`` leaves too little for Go to start."""
    import resource  # noqa: PLC0415

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return
    try:
        with open("/proc/self/statm", "rb") as statm:
            used = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # another system
        used = 0
    if limit - used < NEEDED:
        raise InternalError(
            f"the library cannot be loaded: it needs {NEEDED >> 20} MiB of address space, and the limit of this "
            f"process (ulimit -v {limit >> 10}) leaves {max(limit - used, 0) >> 20} MiB. Raise it, or set none: "
            "a cgroup (MemoryMax= of systemd, docker run --memory) limits the memory itself"
        )


@contextmanager
def open_files_kept() -> Iterator[None]:
    """Restore the soft limit of open files, which Go raises to the hard one when it starts.

    Go hides its limit only from programs that it starts itself. Python's children would inherit
    it, and some close every descriptor up to it, or use select(), which is limited to 1024.
    """
    import resource  # noqa: PLC0415

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        yield
    finally:
        if resource.getrlimit(resource.RLIMIT_NOFILE) != before:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
