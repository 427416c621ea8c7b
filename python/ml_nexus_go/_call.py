"""Operations with one result: await them, cancel them, bound their time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ._errors import DockerError, OperationCancelled, OperationTimeout
from ._frames import EVENT, RESULT
from ._json import decode
from ._kinds import error_from_frame, logger
from ._queue import Queue

EventListener = Callable[[dict[str, Any]], None]


class Call:
    """An operation whose last frame goes to ``future``: the RESULT's JSON, or an exception."""

    __slots__ = ("done", "future", "handle")

    def __init__(self, future: asyncio.Future[str]) -> None:
        self.future = future
        self.done = False
        self.handle = 0

    def receive(self, kind: int, payload: memoryview) -> None:
        """Log warnings; nobody listens to other events."""
        if kind == EVENT:
            log_warning(decode(str(payload, "utf-8")))

    def finish(self, kind: int, payload: memoryview) -> None:
        """Set the result, or the exception."""
        if kind == RESULT:
            self.done = True
            if not self.future.done():
                self.future.set_result(str(payload, "utf-8"))
        else:
            self.fail(error_from_frame(payload))

    def fail(self, error: DockerError) -> None:
        """Set the exception."""
        self.done = True
        if not self.future.done() and not self.future.get_loop().is_closed():
            self.future.set_exception(error)
            self.future.exception()  # whoever waits gets it; asyncio need not report it too


class WatchedCall(Call):
    """A call whose events go to a function of the caller."""

    __slots__ = ("listener", "listener_error", "queue", "timed_out")

    def __init__(self, future: asyncio.Future[str], queue: Queue, listener: EventListener | None) -> None:
        super().__init__(future)
        self.queue = queue
        self.listener = listener
        self.listener_error: BaseException | None = None
        self.timed_out = False

    def expire(self) -> None:
        """End the operation because its time is over."""
        self.timed_out = True
        self.queue.cancel(self)

    def receive(self, kind: int, payload: memoryview) -> None:
        """Pass an event on. A listener that raises ends the operation."""
        if kind != EVENT:
            return
        if self.listener is None:
            super().receive(kind, payload)
            return
        event = decode(str(payload, "utf-8"))
        if log_warning(event):
            return
        try:
            self.listener(event)
        except Exception as error:
            self.listener, self.listener_error = None, error
            self.queue.cancel(self)


def log_warning(event: dict[str, Any]) -> bool:
    """Log an event that is a warning, and return whether it is one."""
    if event.get("event") != "warning":
        return False
    logger.warning("%s", event["message"])
    return True


async def call(queue: Queue, client: int, method: bytes, request: bytes) -> str:
    """Submit an operation and return its RESULT. Cancelling the task ends the operation."""
    operation = Call(asyncio.get_running_loop().create_future())
    queue.submit(client, method, request, b"", operation)
    try:
        return await operation.future
    except asyncio.CancelledError as cancelled:
        if not operation.done:
            await abandon(queue, operation, cancelled)
        raise


async def watched_call(
    queue: Queue,
    client: int,
    method: bytes,
    request: bytes,
    *,
    timeout: float | None,
    listener: EventListener | None,
) -> str:
    """As call, for at most ``timeout`` seconds, with the events going to ``listener``."""
    loop = asyncio.get_running_loop()
    operation = WatchedCall(loop.create_future(), queue, listener)
    queue.submit(client, method, request, b"", operation)
    timer = loop.call_later(timeout, operation.expire) if timeout is not None else None
    try:
        result = await operation.future
        if operation.listener_error is not None:  # the end came before the cancellation
            raise operation.listener_error
        return result
    except asyncio.CancelledError as cancelled:
        if not operation.done:
            await abandon(queue, operation, cancelled)
        raise
    except OperationCancelled as error:
        if operation.listener_error is not None:
            raise operation.listener_error from None
        if operation.timed_out:
            message = f"it took longer than {timeout} s and was ended"
            raise OperationTimeout(message, op=error.op, target=error.target, details=error.details) from None
        raise
    finally:
        if timer is not None:
            timer.cancel()


async def abandon(queue: Queue, operation: Call, reason: BaseException) -> None:
    """Cancel an operation and wait until Go has cleaned up after it.

    What could not be ended is said in a note on ``reason`` and in the log. Cancelling
    the task once more ends the waiting.
    """
    operation.future = asyncio.get_running_loop().create_future()
    queue.cancel(operation)
    try:
        await operation.future
    except DockerError as error:
        note_survivor(error, reason)


def note_survivor(error: DockerError, reason: BaseException | None = None) -> None:
    """Say, where ``error`` does, that something on the engine could not be ended."""
    if not error.details.get("may_still_run"):
        return
    logger.warning("%s", error)
    if reason is not None and hasattr(reason, "add_note"):
        reason.add_note(str(error))
