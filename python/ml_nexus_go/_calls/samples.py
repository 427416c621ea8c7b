"""What containers use, as it is measured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from .. import _results
from .._abi.frames import EVENT
from .._abi.json import decode
from .._abi.queue import Queue
from .operation import log_warning
from .reading import Arrivals, Reading, Ready, read

if TYPE_CHECKING:
    from .._results.stats import ContainerStats
    from .._wire.generated.bridge import Nothing
    from .._wire.generated.events import StatsEvent
    from .._wire.method import Request


class Newest(Arrivals[tuple[list["ContainerStats"], int]]):
    """The newest sample of each container, one for each step: a slow reader gets no old ones."""

    def __init__(self, future: asyncio.Future[Any]) -> None:
        super().__init__(future)
        self._newest: dict[str, ContainerStats] = {}

    def keep(self, sample: ContainerStats) -> None:
        """Replace a container's sample that nobody has taken."""
        self._newest[sample.id] = sample
        self._wake()

    async def __anext__(self) -> list[tuple[list[ContainerStats], int]]:
        while not self._newest:
            await self._more()
        return [([self._newest.pop(next(iter(self._newest)))], 0)]


class StatsReading(Reading["ContainerStats"]):
    """Takes samples."""

    def __init__(self, queue: Queue) -> None:
        super().__init__(queue)
        self.arrivals: Newest = Newest(self.future)

    def receive(self, kind: int, payload: memoryview) -> None:
        """Take a sample."""
        if kind != EVENT:
            return
        event: StatsEvent = decode(str(payload, "utf-8"))
        if event["event"] == "stats":
            self.arrivals.keep(_results.stats.stats_of(event))
        else:
            log_warning(event)


def read_stats(ready: Ready, request: Request[Nothing]) -> AsyncGenerator[ContainerStats, None]:
    """Yield samples. Ending the iteration ends the operation."""
    return read(ready, request, StatsReading)
