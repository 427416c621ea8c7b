"""Operations with one result: await them, cancel them, bound their time."""

from __future__ import annotations

import asyncio
from typing import Any

from .._abi.queue import Queue
from .._errors import OperationCancelled, OperationTimeout
from .._wire.method import Request
from .ending import to_its_end
from .operation import Call, EventListener, WatchedCall


async def call(queue: Queue, client: int, request: Request[Any]) -> str:
    """Submit an operation and return its RESULT. Cancelling the task ends the operation."""
    operation = Call(asyncio.get_running_loop().create_future(), queue)

    async def work() -> str:
        queue.submit(client, request, b"", operation)
        return await operation.future

    return await to_its_end(operation, work)


async def watched_call(
    queue: Queue,
    client: int,
    request: Request[Any],
    *,
    timeout: float | None,
    listener: EventListener | None,
) -> str:
    """As call, for at most ``timeout`` seconds, with the events going to ``listener``."""
    operation = WatchedCall(asyncio.get_running_loop().create_future(), queue, listener)

    async def work() -> str:
        queue.submit(client, request, b"", operation)
        return await result(operation, timeout)

    return await to_its_end(operation, work)


async def result(operation: WatchedCall, timeout: float | None) -> str:
    """Return an operation's RESULT; its time (seconds) begins now. An exception of its listener is raised."""
    timer: asyncio.TimerHandle | None = None
    try:
        if timeout is not None:
            timer = operation.future.get_loop().call_later(timeout, operation.expire)
        text = await operation.future
        if operation.listener_error is not None:  # the end came before the cancellation
            raise operation.listener_error
        return text
    except OperationCancelled as error:
        if operation.listener_error is not None:
            raise operation.listener_error from None
        if operation.timed_out:
            message = f"not done after {timeout:g} s"
            raise OperationTimeout(message, op=error.op, target=error.target, details=error.details) from None
        raise
    finally:
        if timer is not None:
            timer.cancel()
