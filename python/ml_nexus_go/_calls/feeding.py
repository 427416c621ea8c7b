"""A source that is fed to an operation's stdin while the operation runs."""

from __future__ import annotations

import asyncio
from types import TracebackType

from .reading import OutputCall
from .shield import ended
from .stdin import ProcessStdin, StdinSource, feed


class Feeder:
    """Feeds a source, from ``start`` on, until the end of the block. An input that fails ends the operation."""

    def __init__(self, operation: OutputCall, stdin: ProcessStdin, source: StdinSource | None) -> None:
        self.error: BaseException | None = None  # what the source raised
        self._operation, self._stdin, self._source = operation, stdin, source
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, if there is a source."""
        if self._source is not None:
            self._task = asyncio.get_running_loop().create_task(feed(self._source, self._stdin))
            self._task.add_done_callback(self._over)

    async def stop(self) -> None:
        """End it, and wait until a generator has cleaned up."""
        await ended(self._task)

    def _over(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self.error = task.exception()
            self._operation.queue.cancel(self._operation)

    async def __aenter__(self) -> Feeder:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not GeneratorExit:
            await self.stop()
        elif self._task is not None:
            self._task.cancel()  # the coroutine was closed: it may not wait
