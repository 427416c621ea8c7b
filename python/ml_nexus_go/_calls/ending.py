"""The end of operations: none keeps running that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from .._errors import DockerError
from .kinds import logger
from .operation import Call
from .shield import PATIENCE, settled

T = TypeVar("T")
GiveUp = Callable[[BaseException], Awaitable[None]]


async def to_its_end(operation: Call, work: Callable[[], Awaitable[T]], give_up: GiveUp | None = None) -> T:
    """Return what ``work`` does: it submits the operation and waits for it.

    However ``work`` ends otherwise (an error, cancelled, interrupted), the operation has
    ended before that is raised: by ``give_up``, or else by abandon.
    """
    try:
        return await work()
    except BaseException as error:
        try:
            await (abandon(operation, error) if give_up is None else give_up(error))
        finally:
            if not operation.done:  # interrupted once more
                operation.queue.op_cancel(operation.handle)
        raise


async def abandon(operation: Call, reason: BaseException | None) -> None:
    """End an operation whose result nobody will see, and wait until Go has cleaned up after it.

    However often the task is cancelled meanwhile, the wait ends with the clean-up, or
    after PATIENCE. A note on ``reason`` and the log say what could not be ended.
    An operation that has ended already, or was never submitted, is left alone.
    """
    if operation.done or not operation.handle.value:
        return
    if isinstance(reason, GeneratorExit):
        operation.queue.cancel(operation)  # the coroutine was closed: it may not wait
        return
    cancelled = await end(operation, reason)
    if cancelled is not None and not isinstance(reason, asyncio.CancelledError):
        raise cancelled


async def end(operation: Call, reason: BaseException | None = None) -> asyncio.CancelledError | None:
    """Do what abandon does, and return the cancellation that came meanwhile."""
    operation.queue.cancel(operation)
    if operation.future.cancelled():  # with the task that waited for it
        operation.future = asyncio.get_running_loop().create_future()
    cancelled = await settled([operation.future])
    if not operation.future.done():
        note(f"an operation was not ended in {PATIENCE:g} s: what it has started may still run", reason)
    elif isinstance(error := operation.future.exception(), DockerError):
        note_still_running(error, reason)
    return cancelled


def note_still_running(error: DockerError, reason: BaseException | None = None) -> None:
    """Say, if ``error`` does, that something on the engine could not be ended."""
    if error.details.get("may_still_run"):
        note(str(error), reason)


def note(message: str, reason: BaseException | None) -> None:
    """Say something about what could not be ended, in the log and on the exception that ended it."""
    logger.warning("%s", message)
    if reason is not None and hasattr(reason, "add_note"):
        reason.add_note(message)
