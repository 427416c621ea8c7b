"""An engine that answers from a recording, for more containers than any machine has.

python -m bench.long.recording SOCKET CONTAINERS

It answers lists, events and statistics; recording.json has a row, an event and a document of the
form that engines send, which get the numbers of containers that do not exist.
"""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

RECORDING: dict[str, Any] = json.loads(Path(__file__).with_name("recording.json").read_text())
INFO = {"ID": "recording", "Name": "recording", "OSType": "linux", "SystemTime": "2026-11-27T00:00:00Z"}
PIECE = 500  # containers in one chunk of an answer


def container_id(number: int) -> str:
    """Return the ID of a container: its number, as long as docker's."""
    return f"{number:064x}"


def _text(kind: str, number: int) -> bytes:
    return _TEMPLATES[kind].replace(b"@ID@", container_id(number).encode()).replace(b"@NAME@", b"job-%06d" % number)


_TEMPLATES = {kind: json.dumps(sample, separators=(",", ":")).encode() for kind, sample in RECORDING.items()}


class Recording:
    """What it answers to each request."""

    def __init__(self, count: int) -> None:
        self.count = count

    def answer(self, path: str, query: dict[str, list[str]]) -> AsyncIterator[bytes] | bytes:
        """Return the body of an answer: a whole one, or a stream."""
        parts = [part for part in path.split("/") if part and not part.startswith("v1.")]
        if parts == ["_ping"]:
            return b"OK"
        if parts == ["containers", "json"]:
            return self._many("row", b"[", b",", b"]")
        if parts == ["events"]:
            return self._many("event", b"", b"\n", b"\n")
        if parts[:1] == ["containers"] and parts[2:] == ["stats"]:
            return _text("stats", int(parts[1], 16)) + b"\n"
        return json.dumps(INFO).encode()

    async def _many(self, kind: str, first: bytes, between: bytes, last: bytes) -> AsyncIterator[bytes]:
        for start in range(0, self.count, PIECE):
            numbers = range(start, min(start + PIECE, self.count))
            yield (between if start else first) + between.join(_text(kind, number) for number in numbers)
        yield last


async def serve(recording: Recording, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            method, target, _ = head.split(b" ", 2)
            url = urllib.parse.urlsplit(target.decode())
            body = recording.answer(url.path, urllib.parse.parse_qs(url.query))
            writer.write(b"HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nOstype: linux\r\nContent-Type: application/json\r\n")
            if isinstance(body, bytes):
                writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + (b"" if method == b"HEAD" else body))
            else:
                writer.write(b"Transfer-Encoding: chunked\r\n\r\n")
                async for piece in body:
                    writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(socket: str, count: int) -> None:
    """Serve until the process is ended."""
    recording = Recording(count)
    server = await asyncio.start_unix_server(lambda r, w: serve(recording, r, w), socket)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
