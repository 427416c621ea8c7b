"""Output of operations: its credit, and what waits for one reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Generic, TypeVar

from .._abi.queue import Queue
from .._wire.method import Request
from .ending import abandon
from .operation import WatchedCall

Item = TypeVar("Item")

# Gives the queue and the handle of a client.
Ready = Callable[[], Awaitable[tuple[Queue, int]]]

_GRANT_BATCH = 256 << 10


class OutputCall(WatchedCall):
    """An operation with output. It sends only as much as it has credit for."""

    def __init__(self, future: asyncio.Future[str], queue: Queue) -> None:
        super().__init__(future, queue)
        self._ungranted = 0
        self.began: float = 0.0  # what its time limit counts from
        self.begin()

    def begin(self) -> None:
        """Let the time limit count from now."""
        self.began = self.future.get_loop().time()

    def consumed(self, count: int) -> None:
        """Give back the credit of output that was processed."""
        self._ungranted += count
        if self._ungranted >= _GRANT_BATCH:
            if not self.done:
                self.queue.grant(self, self._ungranted)
            self._ungranted = 0


class Arrivals(Generic[Item]):
    """What has arrived and was not taken, in order; an asynchronous iterator for one reader.

    Each step returns everything: a busy stream brings several items for each turn of the
    loop. It ends with the operation's future, however that ends, after everything before it.
    """

    def __init__(self, future: asyncio.Future[Any]) -> None:
        self._loop = future.get_loop()
        self._items: list[Item] = []
        self._wakeup: asyncio.Future[None] | None = None
        self._ended = False
        future.add_done_callback(self._end)

    def put(self, item: Item) -> None:
        """Append an item."""
        self._items.append(item)
        self._wake()

    def _end(self, _: asyncio.Future[Any]) -> None:
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._wakeup is not None and not self._wakeup.done() and not self._loop.is_closed():
            self._wakeup.set_result(None)

    def __aiter__(self) -> Arrivals[Item]:
        return self

    async def __anext__(self) -> list[Item]:
        while not self._items:
            await self._more()
        items, self._items = self._items, []
        return items

    async def _more(self) -> None:
        """Wait until there is more, or end the iteration."""
        if self._ended:
            raise StopAsyncIteration
        self._wakeup = self._loop.create_future()
        await self._wakeup


class Reading(OutputCall, Generic[Item]):
    """An operation whose output is iterated over. Subclasses put lists of items, each with its bytes of credit."""

    def __init__(self, queue: Queue) -> None:
        super().__init__(asyncio.get_running_loop().create_future(), queue)
        self.arrivals: Arrivals[tuple[list[Item], int]] = Arrivals(self.future)


async def read(
    ready: Ready, request: Request[Any], reading: Callable[[Queue], Reading[Item]]
) -> AsyncGenerator[Item, None]:
    """Submit an operation, yield what arrives, then raise its error. Ending the iteration ends the operation.

    Callers pass on this generator itself: an interrupted generator around it could not close it.
    """
    queue, client = await ready()
    operation = reading(queue)
    try:
        queue.submit(client, request, b"", operation)
        async for arrived in operation.arrivals:
            for items, size in arrived:
                for item in items:
                    yield item
                operation.consumed(size)
        await operation.future
    except BaseException as error:
        if isinstance(error, GeneratorExit):
            queue.leave(operation)
        # As to_its_end does, which cannot yield. A generator that is closed may wait, other than a coroutine.
        try:
            await abandon(operation, None if isinstance(error, GeneratorExit) else error)
        finally:
            if not operation.done:
                queue.op_cancel(operation.handle)
        raise
