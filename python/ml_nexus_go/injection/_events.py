"""What an operation reports to the event bus: its start, its output line by line, its end."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from .._abi.frames import STDERR, STDOUT
from .._results.ml_nexus import foreign

logger = logging.getLogger("ml_nexus_go")

Bus = Callable[[Any], Any]

# How much output waits for a slow bus before lines are dropped, and how long the end of
# an operation waits for the bus to see it. The bus gets the rest in its own time.
_MAX_WAITING = 4 << 20  # bytes
_PATIENCE = 0.5  # seconds
_MAX_LINE = 64 << 10  # bytes; a longer line comes in pieces

_running: set[asyncio.Task[None]] = set()


@dataclass
class SystemCallStart:
    """An operation begins."""

    id: str
    command: str


@dataclass
class SystemCallStdOut:
    """A line of stdout, with its newline, as UTF-8."""

    id: str
    command: str
    text: bytes


@dataclass
class SystemCallStdErr:
    """A line of stderr, with its newline, as UTF-8."""

    id: str
    command: str
    text: bytes


@dataclass
class SystemCallEnd:
    """An operation has ended: 0, the exit code, 1 for another error, 130 when cancelled."""

    id: str
    command: str
    code: int


def _event(cls: type) -> Any:
    """Return ml_nexus's class if it was imported: the bus matches on it."""
    return foreign("ml_nexus.util", cls.__name__) or cls


class Report:
    """The events of one operation, in order, at the bus's own pace."""

    def __init__(self, bus: Bus, command: str) -> None:
        self._bus = bus
        self._about = {"id": uuid.uuid4().hex[:12], "command": command}
        self._waiting: deque[tuple[type, Any, int]] = deque()
        self._bytes = 0
        self._left_out = 0
        self._partial = {STDOUT: bytearray(), STDERR: bytearray()}
        self._ended = False
        self._wakeup = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._pump())
        _running.add(self._task)
        self._task.add_done_callback(_running.discard)
        self._put(SystemCallStart, {})

    def tap(self, kind: int, payload: memoryview | bytes) -> None:
        """Take output as it arrives."""
        partial = self._partial[kind]
        partial += payload
        if b"\n" in partial or len(partial) >= _MAX_LINE:
            *lines, rest = bytes(partial).split(b"\n")
            for line in lines:
                self._line(kind, line)
            partial[:] = rest
            if len(rest) >= _MAX_LINE:
                self._flush(kind)

    def end(self, code: int) -> None:
        """Report the end. What comes afterwards is not reported."""
        if self._ended:
            return
        self._flush(STDOUT)
        self._flush(STDERR)
        self._tell_left_out()
        self._put(SystemCallEnd, {"code": code})
        self._ended = True
        self._wakeup.set()

    async def succeeded(self) -> None:
        """Report the end, and give the bus a moment to see it."""
        self.end(0)
        await self.told()

    async def told(self) -> None:
        """Give the bus a moment to see everything."""
        if not self._task.done():
            await asyncio.wait([self._task], timeout=_PATIENCE)

    def _flush(self, kind: int) -> None:
        if self._partial[kind]:
            self._line(kind, bytes(self._partial[kind]))
            self._partial[kind].clear()

    def _line(self, kind: int, line: bytes) -> None:
        if self._bytes > _MAX_WAITING:
            self._left_out += 1
            return
        self._tell_left_out()
        # The display decodes it; the operation's result has the exact bytes.
        text = line.decode("utf-8", "replace").encode() + b"\n"
        self._put(SystemCallStdOut if kind == STDOUT else SystemCallStdErr, {"text": text})

    def _tell_left_out(self) -> None:
        if self._left_out:
            text = f"({self._left_out} lines left out: the event bus is too slow for them)\n"
            self._left_out = 0
            self._put(SystemCallStdErr, {"text": text.encode()})

    def _put(self, cls: type, fields: dict[str, Any]) -> None:
        if self._ended:
            return
        size = len(fields.get("text", b""))
        self._bytes += size
        self._waiting.append((cls, fields, size))
        self._wakeup.set()

    async def _pump(self) -> None:
        failed = False
        while True:
            while self._waiting:
                cls, fields, size = self._waiting.popleft()
                self._bytes -= size
                try:
                    pending = self._bus(_event(cls)(**self._about, **fields))
                    if isawaitable(pending):
                        await pending
                except Exception as error:
                    if not failed:
                        logger.warning("ml_nexus_system_call_event_bus failed: %r (the operation goes on)", error)
                    failed = True
            if self._ended:
                return
            self._wakeup.clear()
            await self._wakeup.wait()
