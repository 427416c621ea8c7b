"""A program of users: it runs jobs, a few at a time, until its stdin ends, and prints what came of each as JSON.

python -m chaos.fleet.program TARGET SSH_CONFIG LABEL SEED AT_ONCE LONGEST JOBS
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import random
import sys
import threading
from typing import Any

from ml_nexus_go import DockerClient, DockerError, connect

from .job import IMAGE, SCRIPT, Job


def say(**about: Any) -> None:
    """Print a line."""
    print(json.dumps(about), flush=True)


async def run(client: DockerClient, job: Job, label: str) -> None:
    """Run one job, and say what came of it."""
    say(job=dataclasses.asdict(job), begins=True)
    try:
        result = await client.run_container(
            IMAGE, SCRIPT, job.options(label), shell=True, check=False, reschedule=job.reschedule
        )
    except DockerError as error:
        say(token=job.token, error=error.kind, message=str(error), reason=error.details.get("reason"),
            container=str(error.details.get("container_id", "")))  # fmt: skip
        return
    say(token=job.token, code=result.exit_code, stdout=result.stdout, container=result.container_id,
        lost=[attempt.container_id for attempt in result.lost_attempts])  # fmt: skip


async def main(target: str, config: str, label: str, seed: str, *numbers: str) -> None:
    """Run jobs until there are no more, or the input has ended."""
    at_once, longest, jobs = int(numbers[0]), float(numbers[1]), int(numbers[2])
    chance, over, made = random.Random(seed), asyncio.Event(), 0
    loop = asyncio.get_running_loop()

    def read() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=read, daemon=True).start()

    async def worker(client: DockerClient) -> None:
        nonlocal made
        while not over.is_set() and made < jobs:
            made += 1
            await run(client, Job.by_chance(f"{seed}-{made}", chance, longest), label)

    async with connect(target, ssh_config=config) as client:
        await asyncio.gather(*(worker(client) for _ in range(at_once)))
    say(over=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
