"""Faults of the engine and of what it consists of."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from testbed import process
from tests.support.bed import part

from ..allowed import Group
from ..world import World
from .fault import Fault, testbed


@asynccontextmanager
async def _stopped(world: World, chance: random.Random) -> AsyncIterator[None]:
    pid = int(part(world.engine.name)["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def _restarted(world: World, chance: random.Random) -> AsyncIterator[None]:
    await testbed(chance.choice(["stop", "kill"]), world.engine.name)
    try:
        yield
    finally:
        await testbed("start", world.engine.name)
        await world.start_box_again()


@asynccontextmanager
async def _containerd_killed(world: World, chance: random.Random) -> AsyncIterator[None]:
    pid_file = Path(world.engine.socket).parent / "containerd.pid"
    await asyncio.to_thread(process.end, pid_file, gently=False)
    try:
        yield
    finally:
        # An engine that goes on does not notice which containers ended meanwhile.
        await testbed("stop", world.engine.name)
        await testbed("start", world.engine.name)
        await world.start_box_again()


@asynccontextmanager
async def _container_killed(world: World, chance: random.Random) -> AsyncIterator[None]:
    names = (await world.docker("ps", "--format", "{{.Names}}", "--filter", f"label=mlng.chaos={world.seed}")).stdout
    others = sorted(name for name in names.split() if name != world.box)
    if others:
        chosen = chance.choice(others)
        world.killed.add(chosen)
        world.history.say(f"killing {chosen}")
        await world.docker("kill", chosen)
    yield


@asynccontextmanager
async def _disk_full(world: World, chance: random.Random) -> AsyncIterator[None]:
    filler = Path(world.engine.entry["data"]) / "filler"
    await asyncio.to_thread(_fill, filler)
    try:
        yield
    finally:
        filler.unlink(missing_ok=True)


def _fill(filler: Path) -> None:
    """Take all that is left on the disk, also what becomes free meanwhile."""
    with filler.open("wb") as file:
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, size)


STOPPED = Fault(_stopped, Group.SLOW, "the engine's process is stopped by SIGSTOP")
KILLED = Fault(_container_killed, Group.KILLED, "somebody else kills a container")
CONTAINERD = Fault(_containerd_killed, Group.CONTAINERD, "containerd is killed, and started again, and then the engine")
RESTARTED = Fault(_restarted, Group.RESTART, "the engine is stopped or killed, and started again; containers go on")
ENDED = Fault(_restarted, Group.STOP, "the same without live-restore: the engine's containers end with it")
DISK = Fault(_disk_full, Group.DISK, "the engine's disk is full")
