"""What operations cost, the more there is of something: python -m bench.growth [SUBJECT...].

Each subject is a quantity that grows: containers, names of an image, streams, clients, hosts. At each size every
operation is done in rounds, by this package and by aiodocker, and the medians are printed as JSON lines and drawn.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from ml_nexus_go import DockerClient, connect

from . import operations as do
from .growth_picture import picture
from .hosts import remote_kit
from .kit import IMAGE, Kit, local_kit
from .line import AIODOCKER, OURS
from .log import say

ROUNDS = 9
PATH = Path(__file__).parent / "growth.jsonl"

Operation = Callable[[Kit], Any]
Grow = Callable[[Kit, AsyncExitStack, int], Awaitable[None]]  # makes so many more; the stack takes them away


OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "ping": {OURS: lambda kit: kit.ours.ping(), AIODOCKER: lambda kit: kit.aiodocker.version()},
    "one container": {OURS: lambda kit: kit.ours.container(kit.box), AIODOCKER: lambda kit: kit.box_aio.show()},
    "exec true": {name: do.EXEC[name] for name in (OURS, AIODOCKER)},
    "one image": {OURS: lambda kit: kit.ours.image(IMAGE), AIODOCKER: lambda kit: kit.aiodocker.images.inspect(IMAGE)},
    "list of containers": {
        OURS: lambda kit: kit.ours.containers(all=True),
        AIODOCKER: lambda kit: kit.aiodocker.containers.list(all=True),
    },
    "list of images": {OURS: lambda kit: kit.ours.images(), AIODOCKER: lambda kit: kit.aiodocker.images.list()},
}


async def _containers(kit: Kit, stack: AsyncExitStack, count: int) -> None:
    """Make containers that never start, some at once."""
    places = asyncio.Semaphore(8)

    async def make() -> None:
        async with places:
            made = await kit.ours.create_container(IMAGE, ["true"], ["--network", "none"])
        stack.push_async_callback(kit.ours.remove_container, made, force=True)

    await asyncio.gather(*(make() for _ in range(count)))


async def _images(kit: Kit, stack: AsyncExitStack, count: int) -> None:
    """Give another image more names: each is a line of the list."""
    for number in range(count):
        name = f"{kit.box}:{time.monotonic_ns()}-{number}"
        await kit.ours.tag_image("mlng-debian", name)
        stack.push_async_callback(kit.ours.remove_image, name)


async def _streams(kit: Kit, stack: AsyncExitStack, count: int) -> None:
    """Follow events that do not come."""

    async def follow(started: asyncio.Event) -> None:
        started.set()
        async for _ in kit.ours.events(filters={"container": "no-such-container"}):
            pass

    for _ in range(count):
        started = asyncio.Event()
        task = asyncio.ensure_future(follow(started))
        await started.wait()
        stack.push_async_callback(_ended, task)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _clients(kit: Kit, stack: AsyncExitStack, count: int) -> None:
    """Connect more clients to the same engine."""
    for _ in range(count):
        client = await stack.enter_async_context(connect(kit.place.url))
        await client.ping()


async def _hosts(kit: Kit, stack: AsyncExitStack, count: int) -> None:
    """Connect to more hosts, each by an SSH connection of its own."""
    config = kit.place.ssh_config
    for _ in range(count):
        client: DockerClient = await stack.enter_async_context(connect(kit.place.url, ssh_config=config))
        await client.ping()


# Subject: how it grows, its sizes, where.
SUBJECTS: Mapping[str, tuple[Grow, tuple[int, ...], Callable[[], Any]]] = {
    "containers": (_containers, (1, 10, 100, 1000), local_kit),
    "names of an image": (_images, (1, 10, 100, 1000), local_kit),
    "open streams": (_streams, (1, 10, 100, 1000), local_kit),
    "clients": (_clients, (1, 10, 100), local_kit),
    "hosts": (_hosts, (1, 5, 20), partial(remote_kit, 0)),
}


async def measure(subject: str) -> list[dict[str, Any]]:
    """Measure a subject at all its sizes."""
    grow, sizes, place = SUBJECTS[subject]
    rows = []
    async with place() as kit, AsyncExitStack() as stack:
        there = 0
        for size in sizes:
            await grow(kit, stack, size - there)
            there = size
            for name, contenders in OPERATIONS.items():
                rows.append({"subject": subject, "size": size, "operation": name, **await _rounds(kit, contenders)})
                say(json.dumps(rows[-1]))
    return rows


async def _rounds(kit: Kit, contenders: Mapping[str, Operation]) -> dict[str, Any]:
    """Return each contender's median seconds, and the processor's of this process for ours."""
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    used: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(ROUNDS + 1):  # the first one warms up
        for name, operation in contenders.items():
            began, busy = time.perf_counter(), time.process_time()
            await operation(kit)
            if number:
                wall[name].append(time.perf_counter() - began)
                used[name].append(time.process_time() - busy)
    return {
        "seconds": {name: round(median(values), 6) for name, values in wall.items()},
        "processor": {name: round(median(values), 6) for name, values in used.items()},
    }


def main() -> int:
    """Measure, keep the rows, and draw them."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description="What grows with what.")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of: {', '.join(SUBJECTS)}")
    arguments = parser.parse_args()
    chosen = arguments.subjects or list(SUBJECTS)
    unknown = [name for name in chosen if name not in SUBJECTS]
    if unknown:
        print(f"no such subject: {', '.join(unknown)}; there are: {', '.join(SUBJECTS)}", file=sys.stderr)
        return 2
    kept = [json.loads(line) for line in PATH.read_text().splitlines()] if PATH.exists() else []
    kept = [row for row in kept if row["subject"] not in chosen]
    for subject in chosen:
        kept += asyncio.run(measure(subject))
    PATH.write_text("".join(json.dumps(row) + "\n" for row in kept))
    pictures = Path(__file__).parents[1] / "docs" / "pictures"
    (pictures / "growth.svg").write_text(picture(kept))
    return 0


if __name__ == "__main__":
    sys.exit(main())
