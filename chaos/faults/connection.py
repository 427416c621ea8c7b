"""Faults of the connection: it ends, says nothing, hears nothing, or is slow."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..allowed import Group
from ..world import World
from .fault import Cause, Fault, testbed


def _toxic(kind: str, stream: str, **attributes: int) -> Cause:
    @asynccontextmanager
    async def cause(world: World, chance: random.Random) -> AsyncIterator[None]:
        assert world.proxy is not None
        streams = ["upstream", "downstream"] if stream == "both" else [stream]
        for each in streams:
            await asyncio.to_thread(world.proxy.poison, each, kind, **attributes)
        try:
            yield
        finally:
            await asyncio.to_thread(world.proxy.heal)

    return cause


@asynccontextmanager
async def _cut(world: World, chance: random.Random) -> AsyncIterator[None]:
    assert world.proxy is not None
    await asyncio.to_thread(world.proxy.cut)
    try:
        yield
    finally:
        await asyncio.to_thread(world.proxy.mend)


@asynccontextmanager
async def _blink(world: World, chance: random.Random) -> AsyncIterator[None]:
    async with _cut(world, chance):
        pass
    yield


@asynccontextmanager
async def _sshd_killed(world: World, chance: random.Random) -> AsyncIterator[None]:
    await testbed("kill", "sshd")
    try:
        yield
    finally:
        await testbed("start", "sshd")


def _ends(cause: Cause, about: str) -> Fault:
    return Fault(cause, Group.CONNECTION, about)


FAULTS: dict[str, Fault] = {
    "cut": _ends(_cut, "all connections end, and new ones are refused for a while"),
    "blink": _ends(_blink, "all connections end, and new ones are accepted at once"),
    "reset": _ends(_toxic("reset_peer", "both", timeout=0), "all connections, new ones too, are reset"),
    "black-hole": _ends(_toxic("timeout", "both", timeout=0), "nothing arrives any more in either direction"),
    "deaf-engine": _ends(_toxic("timeout", "upstream", timeout=0), "what the client sends does not arrive"),
    "silent-engine": _ends(_toxic("timeout", "downstream", timeout=0), "what the engine sends does not arrive"),
    "half-open": Fault(
        _toxic("limit_data", "upstream", bytes=20_000),
        Group.FLAPPING,
        "each connection ends in the middle of what is sent, after 20 kB",
    ),
    "cut-answer": Fault(
        _toxic("limit_data", "downstream", bytes=20_000),
        Group.FLAPPING,
        "each connection ends in the middle of an answer, after 20 kB",
    ),
    "latency": Fault(_toxic("latency", "both", latency=150, jitter=50), Group.SLOW, "150 ms, more or less, each way"),
    "slow": Fault(_toxic("bandwidth", "both", rate=5), Group.SLOW, "5 kB/s each way"),
    "crumbs": Fault(
        _toxic("slicer", "both", average_size=40, size_variation=30, delay=50), Group.SLOW, "a few bytes at a time"
    ),
}
SSHD: dict[str, Fault] = {"sshd-killed": _ends(_sshd_killed, "the SSH server is killed with its sessions")}
