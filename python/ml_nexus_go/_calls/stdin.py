"""The standard input of a process in a container."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from typing import TYPE_CHECKING

from .._errors import InvalidArgument

if TYPE_CHECKING:
    from .._abi.queue import Queue
    from .operation import Call

BytesLike = bytes | bytearray | memoryview
StdinSource = BytesLike | str | AsyncIterable[BytesLike]

HIGH_WATER = 256 << 10
# How much is sent together with the request, without waiting for the process to read it.
FIRST_PART = 256 << 10


class ProcessStdin:
    """Writes to a process, in the style of asyncio.StreamWriter.

    After the process has ended, what is written is dropped and ``drain`` raises
    BrokenPipeError.
    """

    def __init__(self, queue: Queue, operation: Call) -> None:
        self._queue = queue
        self._operation = operation
        self._unread = 0
        self._waiters: list[asyncio.Future[None]] = []
        self._ended = False
        self._broken = False

    def write(self, data: BytesLike) -> None:
        """Send bytes. Await ``drain`` between writes to keep memory flat."""
        if self._ended:
            raise RuntimeError("stdin is closed")
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"stdin takes bytes, not {type(data).__name__}")
        # 0 bytes would mean EOF.
        if len(data) and not self._broken:
            part = bytes(data)
            self._unread += len(part)
            if not self._queue.write(self._operation, part):
                self.break_pipe()

    def writelines(self, parts: Iterable[BytesLike]) -> None:
        """Send several parts."""
        self.write(b"".join(parts))

    async def drain(self) -> None:
        """Wait until the process has read all but a quarter of a mebibyte.

        Raises BrokenPipeError when it has ended.
        """
        while self._unread > HIGH_WATER and not self._broken:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        if self._broken:
            raise BrokenPipeError("the process reads no more")

    def can_write_eof(self) -> bool:
        """Return whether stdin can be closed while output continues: always."""
        return True

    def write_eof(self) -> None:
        """Close stdin. The process keeps running and may still print."""
        if not self._ended:
            self._ended = True
            if not self._broken:
                self._queue.write(self._operation, b"")

    def close(self) -> None:
        """Do what ``write_eof`` does."""
        self.write_eof()

    def is_closing(self) -> bool:
        """Return whether stdin was closed or the process has ended."""
        return self._ended or self._broken

    async def wait_closed(self) -> None:
        """Return at once: closing waits for nothing."""

    def sent(self, count: int) -> None:
        """Count bytes that were sent in another way."""
        self._unread += count

    def consumed(self, count: int) -> None:
        """Note that the process's side has consumed ``count`` bytes."""
        self._unread -= count
        if self._unread <= HIGH_WATER:
            self._wake()

    def break_pipe(self) -> None:
        """Note that nobody reads any more."""
        self._broken = True
        self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done() and not waiter.get_loop().is_closed():
                waiter.set_result(None)


def first_part(source: StdinSource | None) -> tuple[bytes, StdinSource | None]:
    """Split a source into what is sent with the request and what is fed afterwards."""
    if source is None:
        return b"", None
    if isinstance(source, str):
        source = source.encode()
    if isinstance(source, memoryview):
        source = source.cast("B") if source.contiguous else source.tobytes()
    if isinstance(source, (bytes, bytearray, memoryview)):
        if len(source) <= FIRST_PART:
            return bytes(source), None
        return bytes(source[:FIRST_PART]), memoryview(source)[FIRST_PART:]
    if isinstance(source, AsyncIterable):
        return b"", source
    raise InvalidArgument(f"stdin must be bytes, str or an asynchronous iterable of bytes, not {type(source).__name__}")


async def feed(source: StdinSource, stdin: ProcessStdin) -> None:
    """Write a source to its end, then EOF. Stop when the process reads no more.

    A generator that is not read to its end is closed: what it holds open ends with the
    operation, not when the garbage collector runs.
    """
    try:
        if isinstance(source, AsyncIterable):
            iterator = aiter(source)
            try:
                async for part in iterator:
                    if not isinstance(part, (str, bytes, bytearray, memoryview)):
                        raise InvalidArgument(f"a source must yield bytes or str, not {type(part).__name__}")
                    stdin.write(part.encode() if isinstance(part, str) else part)
                    await stdin.drain()
            finally:
                if isinstance(iterator, AsyncGenerator):
                    await iterator.aclose()
        else:
            view = memoryview(source)  # type: ignore[arg-type]
            for at in range(0, len(view), HIGH_WATER):
                stdin.write(view[at : at + HIGH_WATER])
                await stdin.drain()
        stdin.write_eof()
    except BrokenPipeError:
        pass
