"""Taking a place in a fleet: who is cancelled just as it is given leaves none behind."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from .._abi.closing import close_without_loop
from .._abi.json import decode
from .._abi.queue import Queue
from .._errors import DockerError
from .._wire.generated.methods import CLIENT_CLOSE
from .call import result
from .ending import abandon, to_its_end
from .operation import Call, EventListener, WatchedCall
from .shield import settled

if TYPE_CHECKING:
    from .._wire.generated.bridge import ReserveResult
    from .._wire.method import Request


async def reserve(
    queue: Queue, client: int, request: Request[ReserveResult], listener: EventListener | None
) -> ReserveResult:
    """Take a place and return it, with the handle of its client."""
    operation = WatchedCall(asyncio.get_running_loop().create_future(), queue, listener)

    async def work() -> ReserveResult:
        queue.submit(client, request, b"", operation)
        place: ReserveResult = decode(await result(operation, None))
        return place

    return await to_its_end(operation, work, partial(_give_back, operation))


async def _give_back(operation: WatchedCall, reason: BaseException) -> None:
    if isinstance(reason, GeneratorExit):  # it may not wait
        operation.future.add_done_callback(_close_later)
    if not operation.done:
        await abandon(operation, reason)
    handle = _handle(operation.future)
    if not handle or isinstance(reason, GeneratorExit):
        return
    closing = Call(asyncio.get_running_loop().create_future(), operation.queue)
    with suppress(DockerError):  # the loop ends, and the client with it
        operation.queue.submit(handle, CLIENT_CLOSE({}), b"", closing)
        cancelled = await settled([closing.future])
        if cancelled is not None and not isinstance(reason, asyncio.CancelledError):
            raise cancelled


def _close_later(future: asyncio.Future[str]) -> None:
    if handle := _handle(future):
        close_without_loop(handle)


def _handle(future: asyncio.Future[str]) -> int:
    """Return the handle of a place that was given; 0 if there is none."""
    if not future.done() or future.cancelled() or future.exception() is not None:
        return 0
    place: ReserveResult = decode(future.result())
    return place["client"]
