"""python -m chaos: random operations under random faults, for some minutes. tools/chaos.sh runs it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import sys
import time
from pathlib import Path

from tests.support.bed import Engine

from . import faults
from .leftovers import check_nothing_left
from .operations import OPERATIONS
from .world import World

ENGINES = {"old": "engine-old", "new": "engine-live"}
AT_ONCE = 10
LAST = 180.0  # seconds an operation may take after the last fault


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="tools/chaos.sh", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long faults go on")
    parser.add_argument(
        "--seed", type=int, default=int.from_bytes(os.urandom(3), "big"), help="repeats a run's choices"
    )
    parser.add_argument("--engine", choices=ENGINES, default="new")
    parser.add_argument("--connection", choices=["ssh", "local"], default="ssh")
    parser.add_argument("--operations", default=",".join(OPERATIONS), help="only these, separated by commas")
    parser.add_argument("--faults", default="", help="only these, separated by commas")
    parser.add_argument("--record", type=Path, help="append what was done to this file, a line of JSON")
    return parser.parse_args()


async def injure(world: World, names: list[str], end: float) -> None:
    """Cause one fault after another, until the time is up."""
    chance = random.Random(f"{world.seed}/faults")
    known = faults.of(world)
    while time.monotonic() < end:
        await asyncio.sleep(chance.uniform(0.2, 2.5))
        name = chance.choice(names)
        world.history.say(f"fault {name} begins")
        world.history.begun[name] += 1
        async with known[name](world, chance):
            await asyncio.sleep(chance.choice([0.0, 0.3, 2.0, 6.0]))
        world.history.faults[name] += 1
        world.history.say(f"fault {name} is mended")


async def work(world: World, names: list[str], end: float) -> None:
    """Do one operation after another, until the time is up."""
    while time.monotonic() < end:
        operation, token, chance = world.next(names)
        world.history.operations[operation] += 1
        world.history.say(f"{token} begins")
        try:
            await OPERATIONS[operation](world, token, chance)
            world.history.say(f"{token} is right")
        except Exception as error:  # every one of them is a finding
            world.history.failed(token, error)


async def storm(world: World, chosen: argparse.Namespace) -> None:
    """Run operations and faults together; then only wait, until all operations have ended."""
    end = time.monotonic() + chosen.minutes * 60
    operations = chosen.operations.split(",")
    names = chosen.faults.split(",") if chosen.faults else list(faults.of(world))
    workers = [asyncio.create_task(work(world, operations, end), name=f"worker {i}") for i in range(AT_ONCE)]
    await injure(world, names, end)
    _done, late = await asyncio.wait(workers, timeout=LAST)
    for worker in late:
        worker.print_stack(file=sys.stderr)
        worker.cancel()
    if late:
        world.history.failed("the end", TimeoutError(f"{len(late)} operations did not end within {LAST:g} s"))
        await asyncio.wait(late, timeout=30)


async def main(chosen: argparse.Namespace) -> int:
    """Run it, print what happened, and return the exit code."""
    engine = Engine(ENGINES[chosen.engine], chosen.connection)
    world = World.make(engine, chosen.seed)
    print(f"seed {chosen.seed}, engine {engine.name}, connection {engine.connection}", flush=True)
    try:
        world.start_box()
        try:
            await storm(world, chosen)
        finally:
            await world.client.aclose()
        try:
            await check_nothing_left(world)
        except AssertionError as error:
            world.history.failed("the end", error)
    finally:
        world.remove()
    return report(world, chosen)


def report(world: World, chosen: argparse.Namespace) -> int:
    """Print the failures and the numbers, and record them if --record asks for it."""
    history = world.history
    for failure in history.failures:
        print(f"\n--- {failure}", file=sys.stderr)
    row = {
        "seed": world.seed, "engine": chosen.engine, "connection": chosen.connection, "minutes": chosen.minutes,
        "operations": dict(sorted(history.operations.items())), "faults": dict(sorted(history.faults.items())),
        "reported_lost": dict(sorted(history.lost.items())), "failures": len(history.failures),
    }  # fmt: skip
    print(json.dumps(row))
    if chosen.record:
        with contextlib.closing(chosen.record.open("a")) as record:
            record.write(json.dumps(row) + "\n")
    print(f"{history.operations.total()} operations, {history.faults.total()} faults: {len(history.failures)} failed")
    return 1 if history.failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(arguments())))
