"""Counting what the library has open, by its own debug.stats."""

from __future__ import annotations

import asyncio
import json

from ml_nexus_go._abi.loops import queue_for
from ml_nexus_go._calls.call import call
from ml_nexus_go._wire.generated.methods import DEBUG_STATS

from .wait import DEADLINE


async def stats() -> dict[str, int]:
    """Return goroutines, operations, clients, queues and open_fds, including those of this call."""
    queue = queue_for(asyncio.get_running_loop())
    queue.acquire()
    try:
        counted: dict[str, int] = json.loads(await call(queue, 0, DEBUG_STATS({})))
        return counted
    finally:
        queue.drop()


async def settled(wanted: dict[str, int], deadline: float = DEADLINE) -> dict[str, int]:
    """Return the counts as soon as they are no higher than wanted, or when the time is up."""
    end = asyncio.get_running_loop().time() + deadline
    while True:
        counted = await stats()
        if all(counted[key] <= most for key, most in wanted.items()):
            return counted
        if asyncio.get_running_loop().time() > end:
            return counted
        await asyncio.sleep(0.02)


async def assert_nothing_open(before: dict[str, int] | None = None, **more: int) -> None:
    """Fail if a client, an operation or a queue is left open, beyond those of ``before``."""
    wanted = {"operations": 1, "clients": 0, "queues": 1}
    if before is not None:
        wanted = {key: max(most, before[key]) for key, most in wanted.items()}
    wanted |= more
    counted = await settled(wanted)
    left = {key: counted[key] for key, most in wanted.items() if counted[key] > most}
    assert not left, f"left open after the test: {left}, expected at most {wanted}"
