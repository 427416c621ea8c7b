"""A blocking call: its thread waits for work on the client's loop, and runs the callbacks of that work."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, Generic, TypeAlias, TypeVar

from .._errors import ClientClosed
from .._errors.ends import CLOSED

T = TypeVar("T")

# What a thread is asked to do: a function, its arguments, and what awaits the answer, if anything does.
Answer: TypeAlias = "asyncio.Future[Any] | None"
Request = tuple[Callable[..., object], tuple[object, ...], Answer]

# The call whose work runs in this task.
current: ContextVar[Caller[Any]] = ContextVar("ml_nexus_go.blocking.current")


class Caller(Generic[T]):
    """One call, from its begin to its end. Interrupting it (Ctrl-C) cancels the work and waits until that has ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Callable[[], Awaitable[T]]) -> None:
        self._loop = loop
        self._work: Callable[[], Awaitable[T]] | None = work
        self._inbox: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._task: asyncio.Task[T] | None = None
        self._over = False

    def result(self) -> T:
        """Do the work and return its result. An exception of a callback or of a signal handler ends it."""
        interrupted: BaseException | None = None
        begun = False
        # An exception of a signal handler may come between any two steps: each may be taken again.
        while not self._over:
            try:
                if interrupted is not None:
                    self._send(self._cancel)
                elif not begun:
                    self._send(self._begin)
                    begun = True
                asked = self._inbox.get()
                if asked is not None and interrupted is None:
                    self._answer(*asked)
            except BaseException as error:
                if self._loop.is_closed():
                    raise
                interrupted = interrupted or error
        if interrupted is not None:
            raise interrupted
        assert self._task is not None
        return self._task.result()

    async def ask(self, function: Callable[..., object], *args: object) -> Any:
        """Call a function on the caller's thread and return its result."""
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._inbox.put((function, args, answer))
        return await answer

    def tell(self, function: Callable[..., object], *args: object) -> None:
        """Have a function called on the caller's thread, after those before it."""
        self._inbox.put((function, args, None))

    def _send(self, step: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(step)
        except RuntimeError:
            raise ClientClosed(CLOSED) from None

    def _begin(self) -> None:
        # What the work leaves in the loop keeps this object; it must not keep an iterator alive as well.
        work, self._work = self._work, None
        if work is not None:
            current.set(self)
            self._task = self._loop.create_task(_awaited(work))
            self._task.add_done_callback(self._end)

    def _cancel(self) -> None:
        self._work = None
        if self._task is None:
            self._end()
        elif not self._task.done():
            self._task.cancel()

    def _end(self, task: asyncio.Task[T] | None = None) -> None:
        if task is not None and not task.cancelled():
            task.exception()  # it counts as retrieved, also after an interruption
        self._over = True
        self._inbox.put(None)

    def _answer(self, function: Callable[..., object], args: tuple[object, ...], answer: Answer) -> None:
        if answer is None:
            function(*args)
            return
        try:
            value = function(*args)
        except Exception as error:
            self._loop.call_soon_threadsafe(_fail, answer, error)
        else:
            self._loop.call_soon_threadsafe(_succeed, answer, value)


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


def _succeed(answer: asyncio.Future[Any], value: object) -> None:
    if not answer.done():
        answer.set_result(value)


def _fail(answer: asyncio.Future[Any], error: Exception) -> None:
    if isinstance(error, StopIteration):  # a future cannot hold it
        error = RuntimeError("a callback raised StopIteration")
    if not answer.done():
        answer.set_exception(error)
