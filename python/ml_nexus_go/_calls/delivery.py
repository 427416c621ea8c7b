"""Output, given to functions of the caller as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, NamedTuple

from .._abi.frames import STDERR, STDOUT
from .._arguments.checks import output_callback
from .._errors import OperationTimeout
from .._results.output import OutputLine
from .line_splitter import LineSplitter
from .reading import Arrivals, OutputCall
from .shield import ended

OutputCallback = Callable[[bytes], Awaitable[None] | None]
LineCallback = Callable[[OutputLine], Awaitable[None] | None]

# In place of a stream: the run begins again, and a line that has not ended does not go on.
_AGAIN = 0

# Seconds that a function has, once the time of its operation is up, for what has come before.
LATE = 1.0


class OutputCallbacks(NamedTuple):
    """What the caller wants to be called with output. It is not collected then."""

    on_stdout: OutputCallback | None = None
    on_stderr: OutputCallback | None = None
    on_line: LineCallback | None = None

    def check(self) -> None:
        """Raise InvalidArgument, before anything is started."""
        output_callback(self.on_stdout, "on_stdout", "bytes")
        output_callback(self.on_stderr, "on_stderr", "bytes")
        output_callback(self.on_line, "on_line", "a str")

    def takes(self, kind: int) -> bool:
        """Return whether a stream's output goes to a function."""
        return self.on_line is not None or self.of(kind) is not None

    def of(self, kind: int) -> OutputCallback | None:
        """Return the function for a stream's bytes."""
        return self.on_stdout if kind == STDOUT else self.on_stderr


class Delivery:
    """Calls the functions in the waiting task, in order. An operation gets new credit only after they returned."""

    def __init__(self, operation: OutputCall, callbacks: OutputCallbacks) -> None:
        self._operation, self._callbacks = operation, callbacks
        self._arrivals: Arrivals[tuple[int, bytes]] = Arrivals(operation.future)
        self._splitters = _splitters()

    def put(self, kind: int, data: bytes) -> None:
        """Take output."""
        self._arrivals.put((kind, data))

    def begin_again(self) -> None:
        """End the lines that have not ended."""
        self._arrivals.put((_AGAIN, b""))

    async def to_the_end(self, limit: float | None) -> bool:
        """Deliver everything until the operation's end, in ``limit`` seconds and LATE; return whether it was."""
        if limit is None:
            await self._deliver()
            return True
        return await self._in_time(limit)

    async def _deliver(self) -> None:
        on_line = self._callbacks.on_line
        async for arrived in self._arrivals:
            for kind, data in arrived:
                if kind == _AGAIN:
                    await self._end_lines()
                    continue
                on_bytes = self._callbacks.of(kind)
                if on_bytes is not None:
                    await _returned(on_bytes(data))
                if on_line is not None:
                    for line in self._splitters[kind].feed(data):
                        await _returned(on_line(line))
                self._operation.consumed(len(data))
        await self._end_lines()

    async def _end_lines(self) -> None:
        """Deliver lines without their ends."""
        on_line = self._callbacks.on_line
        if on_line is None:
            return
        for splitter in self._splitters.values():
            for line in splitter.finish():
                await _returned(on_line(line))
        self._splitters = _splitters()

    async def _in_time(self, limit: float) -> bool:
        """Deliver in a task of its own, which can be cancelled: a function may never return."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = self._operation.future
        delivery: asyncio.Future[Any] = loop.create_task(self._deliver())
        try:
            await asyncio.wait([delivery, future], return_when=asyncio.FIRST_COMPLETED)
            late = self._operation.began + limit + LATE
            if future.done() and not future.cancelled() and isinstance(future.exception(), OperationTimeout):
                late = loop.time() + LATE
            await asyncio.wait([delivery], timeout=max(0.0, late - loop.time()))
        except GeneratorExit:
            delivery.cancel()  # the coroutine was closed: it may not wait
            raise
        except BaseException:
            await ended(delivery)
            raise
        in_time = delivery.done()
        await ended(delivery)
        if not delivery.cancelled():
            delivery.result()
        elif in_time:
            raise asyncio.CancelledError  # a function has cancelled its task
        return in_time


def _splitters() -> dict[int, LineSplitter]:
    return {STDOUT: LineSplitter("stdout"), STDERR: LineSplitter("stderr")}


async def _returned(pending: Awaitable[None] | None) -> None:
    if pending is not None and isawaitable(pending):
        await pending
