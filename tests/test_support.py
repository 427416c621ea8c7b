"""The tests' own helpers, when the other side was faster."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from .support.ends import cut, kill
from .support.proxy import kept_port, port_of
from .support.relay import Relay
from .support.wait import DEADLINE


async def test_a_connection_that_has_ended_may_be_cut() -> None:
    ended = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(1 << 24))  # more than the kernel keeps: closing waits for the reader
        writer.close()
        await writer.wait_closed()
        ended.set()
        cut(writer)
        cut(writer)
        done.set_result(None)

    done = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert len(await reader.read()) == 1 << 24
        await asyncio.wait_for(done, DEADLINE)
        cut(writer)


async def test_a_relay_ends_whatever_its_connections_do() -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(1 << 24))
        writer.close()

    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    async with server, Relay(server.sockets[0].getsockname()[1]) as relay:
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        assert len(await reader.read()) == 1 << 24
        writer.close()


async def test_a_relay_without_its_upstream_hangs_up() -> None:
    with kept_port() as kept:
        async with Relay(port_of(kept)) as relay:
            reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
            assert await asyncio.wait_for(reader.read(), DEADLINE) == b""
            writer.close()


def test_a_process_that_has_ended_may_be_killed() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    kill(process.pid)
