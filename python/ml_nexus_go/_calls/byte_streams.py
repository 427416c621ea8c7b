"""Bytes that come from an operation, or go to one, as asynchronous iterators."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from .._abi.frames import EVENT
from .._abi.queue import Queue
from .._errors import OperationCancelled
from .._wire.method import Request
from .call import result
from .ending import to_its_end
from .execution import Execution
from .feeding import Feeder
from .operation import EventListener
from .reading import Reading, Ready, read
from .stdin import StdinSource


class ByteReading(Reading[bytes]):
    """Passes on chunks as they arrive."""

    def receive(self, kind: int, payload: memoryview) -> None:
        """Take a chunk."""
        if kind != EVENT:
            self.arrivals.put(([bytes(payload)], len(payload)))


def read_bytes(ready: Ready, request: Request[Any]) -> AsyncGenerator[bytes, None]:
    """Yield an operation's output. Ending the iteration ends the operation."""
    return read(ready, request, ByteReading)


async def send_bytes(
    queue: Queue,
    client: int,
    request: Request[Any],
    source: StdinSource,
    *,
    timeout: float | None,
    listener: EventListener | None,
) -> str:
    """Send a source to an operation and return its RESULT. An error of the source is raised."""
    operation = Execution(asyncio.get_running_loop().create_future(), queue)
    operation.listener = listener

    async def work() -> str:
        queue.submit(client, request, b"", operation)
        feeder.start()
        return await result(operation, timeout)

    async with Feeder(operation, operation.stdin, source) as feeder:
        try:
            return await to_its_end(operation, work)
        except OperationCancelled:
            if feeder.error is not None:
                raise feeder.error from None
            raise
