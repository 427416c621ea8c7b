"""The lines of a container's log."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from ._call import Call, abandon
from ._errors import DockerError
from ._frames import EVENT, STDERR, STDOUT
from ._queue import Queue

# A longer line comes in pieces, so that memory stays flat.
MAX_LINE = 1 << 20
_GRANT_BATCH = 256 << 10


class LogReading(Call):
    """Splits the two streams of a log into lines."""

    def __init__(self, loop: asyncio.AbstractEventLoop, streams: frozenset[int]) -> None:
        super().__init__(loop.create_future())
        self.lines: deque[bytes] = deque()
        self.taken = 0  # bytes whose credit was not given back
        self._streams = streams
        self._partial = {STDOUT: bytearray(), STDERR: bytearray()}
        self.wakeup: asyncio.Future[None] | None = None

    def receive(self, kind: int, payload: memoryview) -> None:
        """Take a part of the log."""
        if kind == EVENT:
            return
        self.taken += len(payload)
        if kind in self._streams:
            partial = self._partial[kind]
            *lines, rest = bytes(payload).split(b"\n")
            for line in lines:
                self.lines.append(bytes(partial) + line + b"\n" if partial else line + b"\n")
                partial.clear()
            partial += rest
            if len(partial) >= MAX_LINE:
                self._flush()
        self._wake()

    def _flush(self) -> None:
        for partial in self._partial.values():
            if partial:
                self.lines.append(bytes(partial))
                partial.clear()

    def finish(self, kind: int, payload: memoryview) -> None:
        """Take what is left, a line without its end included."""
        super().finish(kind, payload)
        self._flush()
        self._wake()

    def fail(self, error: DockerError) -> None:
        """End the lines."""
        super().fail(error)
        self._wake()

    def _wake(self) -> None:
        if self.wakeup is not None and not self.wakeup.done() and not self.wakeup.get_loop().is_closed():
            self.wakeup.set_result(None)


async def read_log(queue: Queue, client: int, request: bytes, streams: frozenset[int]) -> AsyncGenerator[bytes, None]:
    """Yield lines as bytes, with their newline. Ending the iteration ends the operation."""
    loop = asyncio.get_running_loop()
    operation = LogReading(loop, streams)
    queue.submit(client, b"container.logs", request, b"", operation)
    try:
        while True:
            while operation.lines:
                yield operation.lines.popleft()
            if operation.taken >= _GRANT_BATCH and not operation.done:
                queue.grant(operation, operation.taken)
                operation.taken = 0
            if operation.done:
                break
            operation.wakeup = loop.create_future()
            await operation.wakeup
        await operation.future
    except BaseException as error:
        if not operation.done:
            await abandon(queue, operation, error)
        raise
