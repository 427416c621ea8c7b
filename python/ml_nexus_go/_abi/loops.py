"""Which queue belongs to which event loop."""

from __future__ import annotations

import asyncio
import ctypes
import threading
import weakref
from contextlib import suppress
from functools import partial

from . import native, program_end
from .loop_end import LoopEnd
from .queue import Queue


class LoopQueue(Queue):
    """A queue that ends with its last user, or with its loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, handle: ctypes.c_uint64) -> None:
        super().__init__(loop, handle)
        self._users: set[int] = set()
        self._loop_end = LoopEnd(partial(_close, weakref.ref(self)))

    def acquire(self, user: object = None) -> None:
        """Note a user of the queue, a client for example. May be repeated."""
        self._users.add(id(user))
        self.unused = False

    def drop(self, user: object = None) -> None:
        """Note that a user no longer needs the queue. May be called from any thread."""
        loop = self.loop_ref()
        if self.closed or loop is None:
            return
        if loop.is_closed():
            self.close()
        elif _running() is loop:
            self._drop(id(user))
        else:
            with suppress(RuntimeError):  # the loop was closed in the meantime
                loop.call_soon_threadsafe(self._drop, id(user))

    def _drop(self, user: int) -> None:
        self._users.discard(user)
        if not self._users:
            self.unused = True
            self.release()

    def close(self) -> None:
        """Close the queue, even if it is used."""
        super().close()
        self._loop_end.now()


def _close(reference: weakref.ref[LoopQueue]) -> None:
    queue = reference()
    if queue is not None:
        queue.close()


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


_lock = threading.Lock()
# A loop keeps its queue, as what is called when the queue's fd is readable. Here both are
# weak: a queue refers to its loop by what waits for the loop's end, and would keep it for ever.
_queues: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ref[LoopQueue]] = weakref.WeakKeyDictionary()


def queue_for(loop: asyncio.AbstractEventLoop) -> LoopQueue:
    """Return the queue of the running loop; open one if it has none."""
    with _lock:
        known = _queues.get(loop)
        queue = known() if known is not None else None
        if queue is not None and not queue.closed:
            return queue
        for other, reference in list(_queues.items()):
            if other.is_closed():
                its_queue = reference()
                if its_queue is not None:
                    its_queue.close()
                del _queues[other]
        program_end.register()
        handle = ctypes.c_uint64()
        queue = None
        try:
            queue = LoopQueue(loop, handle)
            _queues[loop] = weakref.ref(queue)
            queue.listen()
        except BaseException:  # interrupted
            _queues.pop(loop, None)
            if queue is not None:
                queue.close()
            elif handle.value:
                native.library().queue_close(handle)
            raise
        return queue
