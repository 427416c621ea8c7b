"""From a client's first use to its close: its handle, and the queues of the loops that use it."""

from __future__ import annotations

import asyncio
import os
import threading
import warnings
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from .._abi import observing
from .._abi.closing import close_without_loop
from .._abi.loops import LoopQueue, queue_for
from .._arguments.environ import Environ
from .._calls.call import call
from .._calls.opening import Opening
from .._calls.operation import Call
from .._calls.shield import settled
from .._errors import ClientClosed, OperationCancelled
from .._errors.ends import CLOSED
from .._wire.generated.methods import CLIENT_CLOSE, CLIENT_OPEN, SYSTEM_PING
from .docker_client import DockerClient
from .unlock import PassphraseCallback, Unlock

if TYPE_CHECKING:
    from .._wire.generated.registry import OpenRequest


class ClientLifetime(DockerClient):
    """A client that is opened on first use, by any event loop and thread, and closed once."""

    def __init__(
        self,
        request: OpenRequest,
        passphrase: PassphraseCallback | None = None,
        environ: Environ | None = None,
    ) -> None:
        self.target: str = request["target"] or "local"
        self._request = request
        self._environ = environ or Environ()
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._handle = 0
        self._opening: Opening | None = None
        self._closed = False
        self._unlock = Unlock(passphrase) if passphrase is not None else None
        # The queue of the loop that made the last call, and all queues in use.
        self._queue: LoopQueue | None = None
        self._queues: list[LoopQueue] = []

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open" if self._handle else "not connected yet"
        return f"<{type(self).__name__} {self.target!r} {state}>"

    async def _ready(self) -> tuple[LoopQueue, int]:
        """Return the running loop's queue and the client's handle, opened on first use."""
        loop = asyncio.get_running_loop()
        queue = self._queue
        if queue is None or queue.closed or queue.loop_ref() is not loop:
            queue = self._bind(loop)
        handle = self._handle or await self._open(queue)
        if self._unlock is not None and not self._unlock.done:
            await self._unlock.before_use(partial(self._log_in, queue), partial(self._reopen, queue))
            handle = self._handle
        return queue, handle

    def _bind(self, loop: asyncio.AbstractEventLoop) -> LoopQueue:
        queue = queue_for(loop)
        with self._lock:
            if self._closed:
                raise self._closed_error()
            self._queues = [used for used in self._queues if not used.closed]
            if queue not in self._queues:
                self._queues.append(queue)
                queue.acquire(self)
            self._queue = queue
        return queue

    async def _open(self, queue: LoopQueue) -> int:
        with self._lock:
            if self._closed:
                raise self._closed_error()
            if self._handle:
                return self._handle
            opening = self._begin(queue)
        return await self._opened(opening)

    async def _log_in(self, queue: LoopQueue) -> None:
        await call(queue, self._handle, SYSTEM_PING({}))

    async def _reopen(self, queue: LoopQueue, passphrases: Mapping[str, str]) -> None:
        """Open the client again, with more passphrases."""
        ssh = self._request.get("ssh") or {}
        known = {**(ssh.get("passphrases") or {}), **passphrases}
        self._request = {**self._request, "ssh": {**ssh, "passphrases": known}}
        with self._lock:
            opening = self._begin(queue)
        await self._opened(opening)

    def _begin(self, queue: LoopQueue) -> Opening:
        """Return the opening under way, or a new one. The lock is held."""
        opening = self._opening
        if opening is None:
            opening = self._opening = Opening(self._take, self._opening_over)
            try:
                queue.submit(0, CLIENT_OPEN(self._request), b"", opening)
            except BaseException:  # one that has started gives its handle nevertheless
                self._opening = None
                raise
        return opening

    async def _opened(self, opening: Opening) -> int:
        # A caller that is cancelled takes the opening away from nobody.
        try:
            await asyncio.shield(asyncio.wrap_future(opening.future))
        except OperationCancelled:
            if self._closed:
                raise self._closed_error() from None
            raise
        if self._closed or not self._handle:
            raise self._closed_error()
        return self._handle

    def _take(self, handle: int) -> None:
        """Take the handle of an opening that has succeeded."""
        if handle == self._handle:
            return
        replaced, self._handle = (handle, 0) if self._closed else (self._handle, handle)
        observing.name_client(handle, self.target)
        if replaced:
            observing.forget_client(replaced)
            close_without_loop(replaced)

    def _opening_over(self) -> None:
        self._opening = None

    def _closed_error(self) -> ClientClosed:
        return ClientClosed(CLOSED, target=self.target)

    async def aclose(self) -> None:
        """Close the client. Calls in progress fail with ClientClosed. May be repeated.

        However often the task is cancelled meanwhile, it waits until their work has ended on
        the engine: for PATIENCE at most.
        """
        with self._lock:
            self._closed = True
            opening = self._opening
        cancelled = None
        if opening is not None:
            opening.cancel()
            cancelled = await settled([asyncio.wrap_future(opening.future)])
        if self._handle:
            cancelled = await self._close() or cancelled
        self._drop_queues()
        if cancelled is not None:
            raise cancelled

    def close_now(self) -> None:
        """Close the client outside any event loop, without waiting. May be repeated."""
        with self._lock:
            self._closed = True
            handle, self._handle = self._handle, 0
        if handle and self._pid == os.getpid():
            close_without_loop(handle)
        self._drop_queues()

    async def _close(self) -> asyncio.CancelledError | None:
        """Wait for the end of client.close; return the cancellation that came meanwhile."""
        loop = asyncio.get_running_loop()
        queue = queue_for(loop)
        operation = Call(loop.create_future(), queue)
        cancelled = None
        try:
            queue.acquire(operation)
            with suppress(ClientClosed):  # somebody else has closed it, or the loop ends
                queue.submit(self._handle, CLIENT_CLOSE({}), b"", operation)
                observing.forget_client(self._handle)
                self._handle = 0
                cancelled = await settled([operation.future])
                if operation.done:
                    operation.future.result()
            self._handle = 0
        finally:
            queue.drop(operation)
        return cancelled

    def _drop_queues(self) -> None:
        self._queue = None
        queues, self._queues = self._queues, []
        for queue in queues:
            queue.drop(self)

    def __del__(self) -> None:
        # After a fork the connection belongs to the parent.
        if getattr(self, "_pid", 0) != os.getpid():
            return
        try:
            if self._handle:
                warnings.warn(f"unclosed client {self!r}", ResourceWarning, source=self)
        finally:
            handle, self._handle = self._handle, 0
            if handle:
                close_without_loop(handle)
            self._drop_queues()
