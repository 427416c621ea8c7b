"""What a process has open and in memory, written down from time to time."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tests.support.leaks import stats

Sample = dict[str, float]


def resident() -> float:
    """Return this process's resident memory in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def sample(began: float, done: int) -> Sample:
    """Return what is open and in memory now, ``done`` operations after the beginning, without garbage."""
    gc.collect()
    counted = await stats()
    return {
        "seconds": round(time.monotonic() - began, 1), "operations": done, "resident_mib": round(resident(), 1),
        "descriptors": counted["open_fds"], "goroutines": counted["goroutines"],
        "handles": counted["operations"] - 1 + counted["clients"], # those of the counting itself left out
        "python_objects": len(gc.get_objects()), "tasks": len(asyncio.all_tasks()),
    }  # fmt: skip


async def keep(to: IO[str], every: float, done: Callable[[], int]) -> None:
    """Write a sample each ``every`` seconds, until this is cancelled."""
    began = time.monotonic()
    while True:
        to.write(json.dumps(await sample(began, done())) + "\n")
        to.flush()
        await asyncio.sleep(every)


def read(path: Path) -> list[Sample]:
    """Return the samples of a file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def grown(samples: list[Sample], what: str) -> float:
    """Return how much the last third's median is above that of the third before it, as a share."""
    third = len(samples) // 3
    values = [each[what] for each in samples[-2 * third :]]
    before, after = sorted(values[:third])[third // 2], sorted(values[third:])[third // 2]
    return (after - before) / max(before, 1)
