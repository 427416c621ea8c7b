"""A TCP relay whose connections a test can cut."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress

from .ends import cut


class Relay:
    """Passes bytes on to a port of this machine. Use it as an asynchronous context manager.

    After ``stop_after`` bytes, counting both directions of all connections, it passes on
    nothing more (``stopped``) until ``go`` is set.
    """

    def __init__(self, port: int, host: str = "127.0.0.1", stop_after: float = math.inf) -> None:
        self._upstream = (host, port)
        self._left = stop_after
        self.stopped, self.go = asyncio.Event(), asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._ended = False
        self.port = 0

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._accept, self._upstream[0], 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self) -> None:
        """End all connections. New ones are accepted."""
        for writer in self._writers:
            cut(writer)
        self._writers.clear()

    def end(self) -> None:
        """End all connections, and refuse new ones."""
        if self._server is not None:
            self._server.close()
        self._ended = True
        self.go.set()
        self.cut()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(*self._upstream)
        except OSError:
            cut(writer)
            return
        self._writers += [writer, back]
        if self._ended:  # while the other connection was made
            self.cut()
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pass(source, sink))
            self._tasks.add(task)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(1 << 16):
                self._left -= len(data)
                if self._left < 0:
                    self.stopped.set()
                    await self.go.wait()
                sink.write(data)
                await sink.drain()
        sink.close()
