"""The engine's events, as they come."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from .. import _results
from .._abi.frames import EVENT
from .._abi.json import decode
from .._abi.queue import Queue
from .reading import Reading, Ready, read

if TYPE_CHECKING:
    from .._results.events import Event
    from .._wire.generated.bridge import Nothing
    from .._wire.method import Request


class EventReading(Reading["Event"]):
    """Reads lines of JSON."""

    def __init__(self, queue: Queue) -> None:
        super().__init__(queue)
        self._partial = bytearray()

    def receive(self, kind: int, payload: memoryview) -> None:
        """Take the events of the lines that ``payload`` ends."""
        if kind == EVENT:
            return
        *lines, rest = bytes(payload).split(b"\n")
        if not lines:
            self._partial += rest
            self.consumed(len(payload))
            return
        lines[0] = bytes(self._partial) + lines[0]
        self._partial = bytearray(rest)
        self.arrivals.put(([_results.events.event_of(decode(line.decode())) for line in lines], len(payload)))


def read_events(ready: Ready, request: Request[Nothing], called: float) -> AsyncGenerator[Event, None]:
    """Yield events from ``called`` (of time.monotonic) on. Ending the iteration ends the operation."""

    def reading(queue: Queue) -> EventReading:
        request.fields["waited"] = time.monotonic() - called
        return EventReading(queue)

    return read(ready, request, reading)
