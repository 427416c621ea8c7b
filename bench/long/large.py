"""Lists, events and statistics of 100,000 containers: how long they take, and how much memory.

Each count is measured in a process of its own: python -m bench.long.large COUNT prints what it took.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from ml_nexus_go import DockerClient, connect

from .recording import container_id
from .watch import resident

AT_ONCE = 32
Numbers = dict[str, float]


@contextlib.contextmanager
def recording(count: int) -> Iterator[str]:
    """Yield the target of an engine with so many containers."""
    with TemporaryDirectory(prefix="mlng-long-") as folder:
        socket = str(Path(folder, "engine.sock"))
        words = [sys.executable, "-m", "bench.long.recording", socket, str(count)]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout is not None
                if process.stdout.readline() != b"ready\n":
                    raise RuntimeError("the recording does not answer")
                yield f"unix://{socket}"
            finally:
                process.kill()


async def listed(client: DockerClient, count: int) -> None:
    """List all containers."""
    found = await client.containers()
    assert len(found) == count, f"{len(found)} containers of {count}"
    assert found[-1].id == container_id(count - 1)


async def events(client: DockerClient, count: int) -> None:
    """Read an event of each container."""
    last = ""
    seen = 0
    async for event in client.events(until=0):
        if event.type != "gap":
            seen, last = seen + 1, event.actor_id
    assert (seen, last) == (count, container_id(count - 1)), f"{seen} events of {count}, the last of {last}"


async def measured(client: DockerClient, count: int) -> None:
    """Read the statistics of each container, some at once."""
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            found = await client.container_stats(container_id(number))
            assert found.id == container_id(number)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


STEPS: dict[str, Callable[[DockerClient, int], Awaitable[None]]] = {"list": listed, "events": events, "stats": measured}


async def measure(target: str, count: int) -> Numbers:
    """Do each step once, and return the seconds and the processor's, and the memory afterwards in MiB."""
    took: Numbers = {"containers": count}
    async with connect(target) as client:
        await client.ping()
        took["before_mib"] = resident()
        for name, step in STEPS.items():
            began, used = time.monotonic(), time.process_time()
            await step(client, count)
            took[f"{name}_s"] = time.monotonic() - began
            took[f"{name}_cpu_s"] = time.process_time() - used
            took[f"{name}_mib"] = resident()
        took["most_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {name: round(value, 2) for name, value in took.items()}


def in_its_own_process(count: int) -> Numbers:
    """Measure a count in a new process."""
    done = subprocess.run([sys.executable, "-m", "bench.long.large", str(count)], stdout=subprocess.PIPE, check=True)
    numbers: Numbers = json.loads(done.stdout)
    return numbers


if __name__ == "__main__":
    with recording(int(sys.argv[1])) as place:
        print(json.dumps(asyncio.run(measure(place, int(sys.argv[1])))))
