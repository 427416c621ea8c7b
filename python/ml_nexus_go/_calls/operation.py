"""What a queue hands the frames of a call to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from ctypes import c_uint64
from typing import TYPE_CHECKING, Any

from .._abi.frames import EVENT, RESULT
from .._abi.json import decode
from .._abi.queue import Queue
from .._errors import DockerError
from .kinds import error_from_frame, logger

if TYPE_CHECKING:
    from .._wire.generated.events import Event

# Takes the events of its operation, one kind of those in _wire.generated.events.
EventListener = Callable[[Any], None]


class Call:
    """An operation whose last frame goes to ``future``: the RESULT's JSON, or an exception."""

    __slots__ = ("done", "future", "handle", "queue")

    def __init__(self, future: asyncio.Future[str], queue: Queue) -> None:
        self.future: asyncio.Future[str] = future
        self.queue: Queue = queue
        self.done: bool = False
        self.handle: c_uint64 = c_uint64()

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
    """A call whose events go to a function of the caller, and whose time may be limited."""

    __slots__ = ("listener", "listener_error", "timed_out")

    def __init__(self, future: asyncio.Future[str], queue: Queue, listener: EventListener | None = None) -> None:
        super().__init__(future, queue)
        self.listener = listener
        self.listener_error: BaseException | None = None
        self.timed_out: bool = False

    def expire(self) -> None:
        """End the operation because its time is up."""
        self.timed_out = True
        self.queue.cancel(self)

    def receive(self, kind: int, payload: memoryview) -> None:
        """Log a warning, and pass every event on."""
        if kind == EVENT:
            event: Event = decode(str(payload, "utf-8"))
            log_warning(event)
            self.pass_on(event)

    def pass_on(self, event: Event) -> None:
        """Call the listener, if there is one. A listener that raises ends the operation."""
        if self.listener is None:
            return
        try:
            self.listener(event)
        except Exception as error:
            self.listener, self.listener_error = None, error
            self.queue.cancel(self)


def log_warning(event: Event) -> None:
    """Log an event if it is a warning."""
    if event["event"] == "warning":
        logger.warning("%s", event["message"])
