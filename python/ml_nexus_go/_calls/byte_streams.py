"""Bytes that come from an operation, or go to one, as asynchronous iterators."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from .._abi.frames import EVENT
from .._abi.queue import Queue
from .._errors import OperationCancelled
from .call import EventListener, abandon, time_is_over
from .execution import Execution
from .feeding import Feeder
from .reading import Reading, Ready, read
from .stdin import StdinSource


class ByteReading(Reading[bytes]):
    """Gives chunks as they come."""

    def receive(self, kind: int, payload: memoryview) -> None:
        """Take a chunk."""
        if kind != EVENT:
            self.arrivals.put(([bytes(payload)], len(payload)))


def read_bytes(ready: Ready, method: bytes, request: dict[str, Any]) -> AsyncGenerator[bytes, None]:
    """Yield an operation's output. Ending the iteration ends the operation."""
    return read(ready, method, request, ByteReading)


class _Sending(Execution):
    """An operation that takes input."""

    timeout: float | None = None
    timed_out = False

    def expire(self) -> None:
        """End the operation because its time is over."""
        self.timed_out = True
        self.queue.cancel(self)


async def send_bytes(
    queue: Queue,
    client: int,
    method: bytes,
    request: bytes,
    source: StdinSource,
    *,
    timeout: float | None,
    listener: EventListener | None,
) -> str:
    """Send a source to an operation and return its RESULT. An error of the source is raised."""
    loop = asyncio.get_running_loop()
    operation = _Sending(loop.create_future(), queue)
    operation.listener = listener
    timer: asyncio.TimerHandle | None = None
    async with Feeder(operation, operation.stdin, source) as feeder:
        try:
            queue.submit(client, method, request, b"", operation)
            feeder.start()
            timer = loop.call_later(timeout, operation.expire) if timeout is not None else None
            return await operation.future
        except OperationCancelled as error:
            for cause in (feeder.error, operation.listener_error):
                if cause is not None:
                    raise cause from None
            if operation.timed_out:
                raise time_is_over(error, timeout) from None
            raise
        except BaseException as error:
            await abandon(queue, operation, error)
            raise
        finally:
            if not operation.done:
                queue.op_cancel(operation.handle)
            if timer is not None:
                timer.cancel()
