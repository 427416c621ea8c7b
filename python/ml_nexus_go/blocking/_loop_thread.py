"""The thread that runs the event loop of a blocking client."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, suppress
from types import TracebackType
from typing import Generic, TypeVar

from .._errors import ClientClosed, ForkedProcessError
from .._errors.ends import CLOSED
from ._caller import Caller

T = TypeVar("T")


class LoopThread:
    """An event loop in a thread of its own, from the first call on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()
        self._stopped = False

    def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do work on the loop and wait for its result."""
        return Caller(self._running(), work).result()

    def iterate(self, iterator: AsyncIterator[T]) -> BlockingIterator[T]:
        """Return an iterator over what an asynchronous one yields."""
        return BlockingIterator(self, iterator)

    def manage(self, manager: AbstractAsyncContextManager[T]) -> AbstractContextManager[T]:
        """Return a context manager for an asynchronous one."""
        return _Managed(self, manager)

    def later(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do work on the loop, if it still runs, and do not wait."""
        loop = self._loop
        if loop is None or self._stopped or self._pid != os.getpid():
            return

        async def done() -> None:
            await work()

        with suppress(RuntimeError):  # closed already
            loop.call_soon_threadsafe(lambda: loop.create_task(done()))

    @property
    def stopped(self) -> bool:
        """Whether stop was called."""
        return self._stopped

    def stop(self) -> None:
        """End the loop and its thread, and wait for that. May be repeated."""
        self.later_stop()
        if self._thread is not None and self._pid == os.getpid() and self._thread is not threading.current_thread():
            self._thread.join()

    def later_stop(self) -> None:
        """End the loop and its thread, and do not wait: a garbage collector calls it, too."""
        self._stopped = True
        loop = self._loop
        if loop is None or self._pid != os.getpid():
            return
        with suppress(RuntimeError):  # closed already
            loop.call_soon_threadsafe(loop.stop)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._pid != os.getpid():
            raise ForkedProcessError(
                "this client belongs to the process that was forked: "
                "use multiprocessing's spawn or forkserver, or make the first call after the fork"
            )
        with self._lock:
            if self._stopped:
                raise ClientClosed(CLOSED)
            if self._loop is None:
                loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(loop,), name="ml_nexus_go.blocking", daemon=True)
                self._thread.start()
                self._loop = loop
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


class BlockingIterator(Iterator[T]):
    """Iterates over what an operation yields. Ending the iteration (close, with, del) ends the operation."""

    def __init__(self, thread: LoopThread, iterator: AsyncIterator[T]) -> None:
        self._thread, self._iterator = thread, iterator

    def __next__(self) -> T:
        try:
            return self._thread.call(lambda: anext(self._iterator))
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        """End the operation and wait until it has ended. May be repeated."""
        close = getattr(self._iterator, "aclose", None)
        if close is not None:
            self._thread.call(close)

    def __enter__(self) -> BlockingIterator[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        close = getattr(self._iterator, "aclose", None)
        if close is not None:
            self._thread.later(close)


class _Managed(AbstractContextManager[T], Generic[T]):
    def __init__(self, thread: LoopThread, manager: AbstractAsyncContextManager[T]) -> None:
        self._thread, self._manager = thread, manager

    def __enter__(self) -> T:
        return self._thread.call(self._manager.__aenter__)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return self._thread.call(lambda: self._manager.__aexit__(kind, error, traceback))
