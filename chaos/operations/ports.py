"""Forwarded ports: each connection through one brings back what was sent, or is reset."""

from __future__ import annotations

import asyncio
import random

from ml_nexus_go import PortForward

from ..world import ECHO, World, check, check_bytes


async def forward(world: World, token: str, chance: random.Random) -> None:
    """An echo in a container: right each time, or cut off, and then right again."""
    refused = False
    async with world.client.forward(world.box, ECHO) as local:
        try:
            for _ in range(chance.randrange(1, 5)):
                data = chance.randbytes(chance.choice([1, 5000, 300_000]))
                await _echo_at_last(world, token, local, data)
                await asyncio.sleep(chance.uniform(0, 1))
        except ConnectionRefusedError:  # what has ended it is raised here
            refused = True
    check(not refused, "the port refused a connection, and nothing says why")


async def _echo_at_last(world: World, token: str, local: PortForward, data: bytes) -> None:
    end = asyncio.get_running_loop().time() + 150
    while True:
        got = await asyncio.wait_for(_echo(local, data), 150)
        check_bytes("the echo's beginning", got, data[: len(got)])
        if len(got) == len(data):
            return
        check(world.felt(token) != set(), f"cut off after {len(got)} of {len(data)} bytes without a fault")
        check(asyncio.get_running_loop().time() < end, "no echo came back whole")
        await asyncio.sleep(0.2)


async def _echo(local: PortForward, data: bytes) -> bytes:
    got = bytearray()
    reader, writer = await asyncio.open_connection(local.host, local.port)

    async def send() -> None:
        writer.write(data)
        await writer.drain()
        writer.write_eof()

    sending = asyncio.create_task(send())
    try:
        while piece := await reader.read(65536):
            got += piece
    except ConnectionError:
        pass
    finally:
        sending.cancel()
        await asyncio.wait([sending])
        if not sending.cancelled():
            sending.exception()
        writer.close()
    return bytes(got)
