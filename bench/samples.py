"""What it costs to measure many containers, in processor time of the one that asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from .kit import IMAGE, Kit
from .line import AIODOCKER, OURS, Contender, Group, limit

COUNT = 50
SECONDS = 10


@asynccontextmanager
async def fifty_running(kit: Kit) -> AsyncIterator[None]:
    """Fifty containers that run."""
    names = [f"{kit.box}-{number}" for number in range(COUNT)]
    try:
        for name in names:
            options = ["-d", "--init", "--network", "none", "--name", name]
            await kit.ours.run_container(IMAGE, ["sleep", "1000000"], options)
        yield
    finally:
        for name in names:
            await kit.ours.remove_container(name, force=True)


class Share:
    """The share of a core, in percent, that this process uses from the moment all containers were seen."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._began = self._used = 0.0

    def over(self, container: str) -> bool:
        """Count a sample; return whether it was the last one."""
        if self._began:
            return time.perf_counter() - self._began > SECONDS
        self._seen.add(container)
        if len(self._seen) >= COUNT:
            self._began, self._used = time.perf_counter(), time.process_time()
        return False

    def percent(self) -> float:
        return (time.process_time() - self._used) / (time.perf_counter() - self._began) * 100


async def _ours(kit: Kit) -> float:
    share = Share()
    async with aclosing(kit.ours.stats()) as samples:
        async for sample in samples:
            if share.over(sample.id):
                break
    return share.percent()


async def _aiodocker(kit: Kit) -> float:
    """Its documents, as they come: it computes nothing from them."""
    from aiodocker import Docker  # noqa: PLC0415  (as in kit.py)

    share, over = Share(), asyncio.Event()

    async def one(container: object) -> None:
        async for document in container.stats():  # type: ignore[attr-defined]
            if share.over(document["id"]):
                over.set()

    async with Docker(kit.place.url) as client:  # its own: streams that were cancelled keep their connections
        tasks = [asyncio.ensure_future(one(container)) for container in await client.containers.list()]
        await over.wait()
        percent = share.percent()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return percent


STATS: dict[str, Contender] = {OURS: _ours, AIODOCKER: _aiodocker}


def add_stats(group: Group, rounds: int) -> None:
    """Add the line."""
    group.line("stats of 50 containers", STATS, rounds=rounds, around=fifty_running, unit="% of a core",
               targets=(limit("< 5 % of a core", 5.0),))  # fmt: skip
