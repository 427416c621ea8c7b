"""A way to an engine that records the requests."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .ends import cut

_REQUEST = re.compile(rb"(?:^|\n)([A-Z]+) (?:/v[0-9.]+)?(/\S*) HTTP/1\.1\r\n")
_ID = re.compile(r"\b[0-9a-f]{64}\b")


class Recorder:
    """A socket that leads to an engine's. Use it as an asynchronous context manager."""

    def __init__(self, upstream: str, folder: Path) -> None:
        self._upstream = upstream
        self._writers: list[asyncio.StreamWriter] = []
        self._passing: list[asyncio.Task[None]] = []
        self._server: asyncio.Server | None = None
        self.socket = str(folder / "recorded.sock")
        self.requests: list[str] = []  # methods and paths without version and query, "ID" for IDs

    async def __aenter__(self) -> Recorder:
        self._server = await asyncio.start_unix_server(self._accept, self.socket)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            cut(writer)
        if self._passing:
            await asyncio.wait(self._passing)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_unix_connection(self._upstream)
        except OSError:
            cut(writer)
            return
        self._writers += [writer, back]
        for passing in (_pass(reader, back, self._note), _pass(there, writer, None)):
            self._passing.append(asyncio.create_task(passing))

    def _note(self, data: bytes) -> None:
        for method, path in _REQUEST.findall(data):
            self.requests.append(f"{method.decode()} {_ID.sub('ID', path.decode().partition('?')[0])}")


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter, note: Callable[[bytes], None] | None) -> None:
    with suppress(OSError):
        while data := await source.read(1 << 16):
            if note is not None:
                note(data)
            sink.write(data)
            await sink.drain()
        sink.write_eof()
