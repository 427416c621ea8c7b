"""The lines of a container's log."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from .. import _results
from .._abi.frames import EVENT, STDERR, STDOUT
from .._abi.queue import Queue
from .._errors import DockerError, EngineError
from .._results.output import LogLine
from .reading import Item, Reading, Ready, read

if TYPE_CHECKING:
    from .._wire.generated.bridge import Nothing
    from .._wire.method import Request

# A longer line comes in pieces, so that memory stays flat.
MAX_LINE = 1 << 20

_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ")


class LogReading(Reading[Item]):
    """Splits the two streams of a log into lines."""

    def __init__(self, queue: Queue, streams: frozenset[int]) -> None:
        super().__init__(queue)
        self._streams = streams
        self._partial = {STDOUT: bytearray(), STDERR: bytearray()}

    def items(self, kind: int, lines: list[bytes]) -> list[Item]:
        """Return what the reader gets of lines of a stream."""
        raise NotImplementedError

    def receive(self, kind: int, payload: memoryview) -> None:
        """Take a part of the log."""
        if kind == EVENT:
            return
        lines = self._lines(self._partial[kind], bytes(payload)) if kind in self._streams else []
        if lines:
            self.arrivals.put((self.items(kind, lines), len(payload)))
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
        for kind, partial in self._partial.items():
            if partial:
                self.arrivals.put((self.items(kind, [bytes(partial)]), 0))
                partial.clear()


class PlainLog(LogReading[bytes]):
    """Gives the lines as they are."""

    def items(self, kind: int, lines: list[bytes]) -> list[bytes]:
        """Return the lines."""
        return lines


class TaggedLog(LogReading[LogLine]):
    """Gives lines with their stream and their time, which the engine has put before each."""

    def __init__(self, queue: Queue, streams: frozenset[int]) -> None:
        super().__init__(queue, streams)
        self._stamps = {STDOUT: "", STDERR: ""}  # of the last line
        self._inside = {STDOUT: False, STDERR: False}  # whether that has not ended

    def items(self, kind: int, lines: list[bytes]) -> list[LogLine]:
        """Return the lines, tagged."""
        return [self._tagged(kind, line) for line in lines]

    def _tagged(self, kind: int, line: bytes) -> LogLine:
        if not self._inside[kind] and (found := _STAMP.match(line)):
            self._stamps[kind], line = found[0][:-1].decode(), line[found.end() :]
        self._inside[kind] = not line.endswith(b"\n")
        # Before engine 23, the local driver may lose a line's beginning: the line before it has its time.
        stamp = self._stamps[kind]
        time = _results.documents.engine_time(stamp)
        if time is None:
            raise EngineError(f"a line of the log has no time, though it was asked for: {line[:80]!r}")
        return LogLine("stdout" if kind == STDOUT else "stderr", line, time, stamp)


def read_log(ready: Ready, request: Request[Nothing], streams: frozenset[int]) -> AsyncGenerator[bytes, None]:
    """Yield lines as bytes, with their newline. Ending the iteration ends the operation."""
    return read(ready, request, lambda queue: PlainLog(queue, streams))


def read_tagged_log(ready: Ready, request: Request[Nothing], streams: frozenset[int]) -> AsyncGenerator[LogLine, None]:
    """Yield lines with their stream and time; the request must ask for times."""
    return read(ready, request, lambda queue: TaggedLog(queue, streams))
