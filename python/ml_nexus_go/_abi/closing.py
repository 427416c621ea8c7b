"""Closing a client outside any event loop: one that was dropped without aclose(), for example."""

from __future__ import annotations

import ctypes

from .._wire.generated.methods import CLIENT_CLOSE
from . import native, observing


def close_without_loop(handle: int) -> None:
    """Submit client.close on a queue of its own and ignore the answer."""
    observing.forget_client(handle)
    library = native.loaded()
    if library is None:
        return
    queue, fd, operation = ctypes.c_uint64(), ctypes.c_int32(), ctypes.c_uint64()
    if library.queue_open(ctypes.byref(queue), ctypes.byref(fd)):
        return
    library.submit(queue, handle, 1, CLIENT_CLOSE.name, b"", 0, b"", 0, ctypes.byref(operation))
    library.queue_close(queue)
