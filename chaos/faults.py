"""Faults. Each one begins, lasts for a moment, and is repaired before the next one."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.support.bed import part

from .world import World

Fault = Callable[[World, random.Random], AbstractAsyncContextManager[None]]


async def _testbed(verb: str, name: str) -> None:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "testbed", verb, name], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"testbed {verb} {name}: {done.stderr}")


def _toxic(kind: str, stream: str, **attributes: int) -> Fault:
    @asynccontextmanager
    async def fault(world: World, chance: random.Random) -> AsyncIterator[None]:
        assert world.proxy is not None
        streams = ["upstream", "downstream"] if stream == "both" else [stream]
        for each in streams:
            await asyncio.to_thread(world.proxy.poison, each, kind, **attributes)
        try:
            yield
        finally:
            await asyncio.to_thread(world.proxy.heal)

    return fault


@asynccontextmanager
async def cut(world: World, chance: random.Random) -> AsyncIterator[None]:
    """End all connections, and refuse new ones for a while."""
    assert world.proxy is not None
    await asyncio.to_thread(world.proxy.cut)
    try:
        yield
    finally:
        await asyncio.to_thread(world.proxy.mend)


@asynccontextmanager
async def blink(world: World, chance: random.Random) -> AsyncIterator[None]:
    """End all connections, but accept new ones at once."""
    async with cut(world, chance):
        pass
    yield


@asynccontextmanager
async def sshd_killed(world: World, chance: random.Random) -> AsyncIterator[None]:
    """Kill the SSH server with its sessions, and start it again."""
    await _testbed("kill", "sshd")
    try:
        yield
    finally:
        await _testbed("start", "sshd")


@asynccontextmanager
async def engine_stopped(world: World, chance: random.Random) -> AsyncIterator[None]:
    """Freeze the engine (SIGSTOP)."""
    pid = int(part(world.engine.name)["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def engine_restarted(world: World, chance: random.Random) -> AsyncIterator[None]:
    """Stop the engine cleanly or kill it, and start it again; containers keep running (live restore)."""
    await _testbed(chance.choice(["stop", "kill"]), world.engine.name)
    try:
        yield
    finally:
        await _testbed("start", world.engine.name)


CONNECTION: dict[str, Fault] = {
    "cut": cut,
    "blink": blink,
    "reset": _toxic("reset_peer", "both", timeout=0),
    "black-hole": _toxic("timeout", "both", timeout=0),
    "deaf-engine": _toxic("timeout", "upstream", timeout=0),
    "silent-engine": _toxic("timeout", "downstream", timeout=0),
    "latency": _toxic("latency", "both", latency=150, jitter=50),
    "slow": _toxic("bandwidth", "both", rate=5),
    "sshd-killed": sshd_killed,
}
ENGINE: dict[str, Fault] = {"engine-stopped": engine_stopped}
LIVE_RESTORE: dict[str, Fault] = {"engine-restarted": engine_restarted}


def of(world: World) -> dict[str, Fault]:
    """Return the faults that this connection and this engine can have."""
    faults = dict(ENGINE)
    if world.proxy is not None:
        faults |= CONNECTION
    if world.engine.name == "engine-live":
        faults |= LIVE_RESTORE
    return faults
