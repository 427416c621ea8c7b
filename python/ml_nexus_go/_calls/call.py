"""Operations with one result: await them, cancel them, bound their time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from ctypes import c_uint64
from typing import Any

from .._abi.frames import EVENT, RESULT
from .._abi.json import decode
from .._abi.queue import Queue
from .._errors import DockerError, OperationCancelled, OperationTimeout
from .kinds import error_from_frame, logger
from .shield import PATIENCE, settled

EventListener = Callable[[dict[str, Any]], None]


class Call:
    """An operation whose last frame goes to ``future``: the RESULT's JSON, or an exception."""

    __slots__ = ("done", "future", "handle")

    def __init__(self, future: asyncio.Future[str]) -> None:
        self.future = future
        self.done = False
        self.handle = c_uint64()

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
    try:
        queue.submit(client, method, request, b"", operation)
        return await operation.future
    except BaseException as error:  # DockerError, cancelled, interrupted
        await abandon(queue, operation, error)
        raise
    finally:
        if not operation.done:  # interrupted once more
            queue.op_cancel(operation.handle)


def time_is_over(error: OperationCancelled, timeout: float | None) -> OperationTimeout:
    """Return the error of an operation that was cancelled because its time (seconds) was over."""
    message = f"it took longer than {timeout} s and was ended"
    return OperationTimeout(message, op=error.op, target=error.target, details=error.details)


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
    timer: asyncio.TimerHandle | None = None
    try:
        queue.submit(client, method, request, b"", operation)
        timer = loop.call_later(timeout, operation.expire) if timeout is not None else None
        result = await operation.future
        if operation.listener_error is not None:  # the end came before the cancellation
            raise operation.listener_error
        return result
    except OperationCancelled as error:
        if operation.listener_error is not None:
            raise operation.listener_error from None
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


async def abandon(queue: Queue, operation: Call, reason: BaseException | None) -> None:
    """End an operation whose result nobody will see, and wait until Go has cleaned up after it.

    However often the task is cancelled meanwhile, the waiting ends with the cleaning, or
    after PATIENCE. What could not be ended is said in a note on ``reason`` and in the log.
    An operation that has ended already, or was never submitted, is left alone.
    """
    if operation.done or not operation.handle.value:
        return
    if isinstance(reason, GeneratorExit):
        queue.cancel(operation)  # the coroutine was closed: it may not wait
        return
    cancelled = await end(queue, operation, reason)
    if cancelled is not None and not isinstance(reason, asyncio.CancelledError):
        raise cancelled


async def end(queue: Queue, operation: Call, reason: BaseException | None = None) -> asyncio.CancelledError | None:
    """Do what abandon does, and return the cancellation that came meanwhile."""
    queue.cancel(operation)
    if operation.future.cancelled():  # with the task that waited for it
        operation.future = asyncio.get_running_loop().create_future()
    cancelled = await settled([operation.future])
    if not operation.future.done():
        note(f"an operation was not ended in {PATIENCE:g} s: what it has started may still run", reason)
    elif isinstance(error := operation.future.exception(), DockerError):
        note_still_running(error, reason)
    return cancelled


def note_still_running(error: DockerError, reason: BaseException | None = None) -> None:
    """Say, where ``error`` does, that something on the engine could not be ended."""
    if error.details.get("may_still_run"):
        note(str(error), reason)


def note(message: str, reason: BaseException | None) -> None:
    """Say something about what could not be ended, in the log and on the exception that ended it."""
    logger.warning("%s", message)
    if reason is not None and hasattr(reason, "add_note"):
        reason.add_note(message)
