"""Operations and faults, together, for some minutes."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Mapping, Sequence

from ml_nexus_go import DockerError

from .allowed import Promise
from .faults import side_by_side
from .faults.fault import Fault
from .operations import OPERATIONS
from .world import World, Wrong

AT_ONCE = 10
LAST = 300.0  # seconds an operation may take after the last fault
LASTING = [0.0, 0.2, 0.5, 1.5, 5.0]  # seconds


async def injure(world: World, faults: Mapping[str, Fault], end: float) -> None:
    """Cause one fault after another, each kind in its turn, until the time is up."""
    chance = random.Random(f"{world.seed}/{sorted(faults)}")
    turn: list[str] = []
    while faults and time.monotonic() < end:
        await asyncio.sleep(chance.uniform(0.1, 1.0))
        turn = turn or chance.sample(sorted(faults), len(faults))
        name = turn.pop()
        with world.history.fault(name):
            async with faults[name].cause(world, chance):
                await asyncio.sleep(chance.choice(LASTING))


async def work(world: World, names: Sequence[str], end: float) -> None:
    """Do one operation after another, until the time is up."""
    while time.monotonic() < end:
        operation, token, chance = world.next(names)
        world.history.begin(operation, token)
        try:
            await OPERATIONS[operation](world, token, chance)
            world.history.say(f"{token} is right")
        except DockerError as error:
            try:
                world.excuse(token, error, Promise.REPEATED)
            except Wrong as wrong:
                world.history.failed(token, wrong)
            await world.must("rm", "-f", "-v", token)
        except Exception as error:  # every one of them is a finding
            world.history.failed(token, error)
            await world.must("rm", "-f", "-v", token)


async def storm(world: World, operations: Sequence[str], faults: Mapping[str, Fault], seconds: float) -> None:
    """Run operations and faults together; then only wait, until all operations have ended."""
    end = time.monotonic() + seconds
    world.groups = {name: fault.group for name, fault in faults.items()}
    workers = [asyncio.create_task(work(world, operations, end), name=f"worker {i}") for i in range(AT_ONCE)]
    await asyncio.gather(*(injure(world, each, end) for each in side_by_side(faults)))
    _done, late = await asyncio.wait(workers, timeout=LAST)
    for worker in late:
        worker.print_stack(file=sys.stderr)
        worker.cancel()
    if late:
        world.history.failed("the end", TimeoutError(f"{len(late)} operations did not end within {LAST:g} s"))
        await asyncio.wait(late, timeout=30)
