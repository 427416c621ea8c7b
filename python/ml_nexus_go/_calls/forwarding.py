"""A port that is being forwarded, for as long as a block lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING

from .. import _results
from .._abi.queue import Queue
from .._errors import ClientClosed, DockerError, OperationCancelled
from .ending import end, to_its_end
from .kinds import logger
from .operation import WatchedCall

if TYPE_CHECKING:
    from .._results.ports import PortForward
    from .._wire.generated.bridge import Nothing
    from .._wire.generated.events import Event
    from .._wire.generated.networks import ListeningEvent
    from .._wire.method import Request


class Forwarding(WatchedCall):
    """An operation that lasts until it is ended. ``ready`` gets where its port is."""

    __slots__ = ("ready",)

    def __init__(self, loop: asyncio.AbstractEventLoop, queue: Queue) -> None:
        super().__init__(loop.create_future(), queue)
        self.ready: asyncio.Future[ListeningEvent] = loop.create_future()

    def pass_on(self, event: Event) -> None:
        """Take where the port is, and log why connections were closed."""
        if event["event"] == "listening":
            if not self.ready.done():
                self.ready.set_result(event)
        elif event["event"] == "refused":
            logger.debug("forward: a connection was closed: %s", event["message"])

    def fail(self, error: DockerError) -> None:
        """Set the exception."""
        super().fail(error)
        if not self.ready.done() and not self.ready.get_loop().is_closed():
            self.ready.set_exception(error)
            self.ready.exception()


async def begin(queue: Queue, client: int, request: Request[Nothing]) -> Forwarding:
    """Begin to forward, and return as soon as the port can be used."""
    operation = Forwarding(asyncio.get_running_loop(), queue)

    async def work() -> Forwarding:
        queue.submit(client, request, b"", operation)
        await operation.ready
        return operation

    return await to_its_end(operation, work)


class Forward(AbstractAsyncContextManager["PortForward"]):
    """Forwards a port while a block lasts."""

    def __init__(self, begin: Callable[[], Awaitable[Forwarding]]) -> None:
        self._begin = begin
        self._operation: Forwarding | None = None

    async def __aenter__(self) -> PortForward:
        if self._operation is not None:
            raise RuntimeError("this was used already: call forward again")
        self._operation = await self._begin()
        at = self._operation.ready.result()
        return _results.ports.PortForward(at.get("host", ""), at.get("port", 0), at.get("socket"))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._end()
        except DockerError as why:
            if error is None:
                raise
            logger.warning("%s", why)

    async def _end(self) -> None:
        """End the operation. Raises what has ended it before, if anything did."""
        operation = self._operation
        assert operation is not None
        if not operation.done:
            cancelled = await end(operation)
            if cancelled is not None:
                raise cancelled
        future = operation.future
        error = future.exception() if future.done() and not future.cancelled() else None
        if error is not None and not isinstance(error, (OperationCancelled, ClientClosed)):
            raise error
