"""The lines of a container's log."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from .._abi.frames import EVENT, STDERR, STDOUT
from .._abi.queue import Queue
from .._errors import DockerError
from .reading import Reading, Ready, read

if TYPE_CHECKING:
    from .._wire.generated.bridge import Nothing
    from .._wire.method import Request

# A longer line comes in pieces, so that memory stays flat.
MAX_LINE = 1 << 20


class LogReading(Reading[bytes]):
    """Splits the two streams of a log into lines."""

    def __init__(self, queue: Queue, streams: frozenset[int]) -> None:
        super().__init__(queue)
        self._streams = streams
        self._partial = {STDOUT: bytearray(), STDERR: bytearray()}

    def receive(self, kind: int, payload: memoryview) -> None:
        """Take a part of the log."""
        if kind == EVENT:
            return
        lines = self._lines(self._partial[kind], bytes(payload)) if kind in self._streams else []
        if lines:
            self.arrivals.put((lines, len(payload)))
        else:
            self.consumed(len(payload))

    def _lines(self, partial: bytearray, data: bytes) -> list[bytes]:
        """Return the lines that ``data`` ends, and keep the beginning of the next one."""
        *lines, rest = data.split(b"\n")
        if lines:
            lines = [line + b"\n" for line in lines]
            lines[0] = bytes(partial) + lines[0]
            partial.clear()
        partial += rest
        if len(partial) >= MAX_LINE:
            lines.append(bytes(partial))
            partial.clear()
        return lines

    def finish(self, kind: int, payload: memoryview) -> None:
        """Take what is left, a line without its end included."""
        super().finish(kind, payload)
        self._flush()

    def fail(self, error: DockerError) -> None:
        """Take what is left: it has come before the error."""
        super().fail(error)
        self._flush()

    def _flush(self) -> None:
        for partial in self._partial.values():
            if partial:
                self.arrivals.put(([bytes(partial)], 0))
                partial.clear()


def read_log(ready: Ready, request: Request[Nothing], streams: frozenset[int]) -> AsyncGenerator[bytes, None]:
    """Yield lines as bytes, with their newline. Ending the iteration ends the operation."""
    return read(ready, request, lambda queue: LogReading(queue, streams))
