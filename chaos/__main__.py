"""python -m chaos: random operations under random faults, for some minutes. tools/chaos.sh runs it."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys

from tests.support.bed import Engine
from tests.support.leaks import stats

from . import clock, record
from .faults import of
from .leftovers import check_nothing_left
from .operations import OPERATIONS
from .storm import storm
from .world import World

ENGINES = {
    ("old", "on"): "engine-old-live", ("old", "off"): "engine-old",
    ("new", "on"): "engine-new-live", ("new", "off"): "engine-victim",
}  # fmt: skip


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="tools/chaos.sh", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long faults go on")
    parser.add_argument(
        "--seed", type=int, default=int.from_bytes(os.urandom(3), "big"), help="repeats a run's choices"
    )
    parser.add_argument("--engine", choices=["old", "new"], default="new")
    parser.add_argument("--connection", choices=["ssh", "tls", "local"], default="ssh")
    parser.add_argument(
        "--live-restore", choices=["on", "off"], default="on", help="whether containers outlive engines"
    )
    parser.add_argument("--operations", default=",".join(OPERATIONS), help="only these, separated by commas")
    parser.add_argument("--faults", default="", help="only these, separated by commas")
    parser.add_argument(
        "--record", action="store_true", help="add what was done to chaos/record.jsonl, if the commit is what runs"
    )
    return parser.parse_args()


async def main(chosen: argparse.Namespace) -> int:
    """Run it, print what happened, and return the exit code."""
    engine = Engine(ENGINES[chosen.engine, chosen.live_restore], chosen.connection)
    before = await stats()
    world, commit = World.make(engine, chosen.seed), record.commit()
    known = of(world)
    faults = {name: known[name] for name in chosen.faults.split(",")} if chosen.faults else known
    print(f"seed {chosen.seed}, engine {engine.name}, connection {engine.connection}", flush=True)
    try:
        world.start_box()
        try:
            await storm(world, chosen.operations.split(","), faults, chosen.minutes * 60)
        finally:
            await world.client.aclose()
        try:
            await check_nothing_left(world, before)
        except AssertionError as error:
            world.history.failed("the end", error)
    finally:
        world.remove()
    return report(world, chosen, commit)


def report(world: World, chosen: argparse.Namespace, commit: str) -> int:
    """Print the failures and the numbers, and record them if --record asks for it."""
    history = world.history
    for failure in history.failures:
        print(f"\n--- {failure}", file=sys.stderr)
    entry = record.row(world, chosen.engine, chosen.live_restore, commit)
    print(json.dumps(entry))
    if chosen.record and entry["commit"]:
        record.keep(entry)
    print(f"{history.operations.total()} operations, {history.faults.total()} faults: {len(history.failures)} failed")
    if history.failures:
        print(f"To repeat its choices: --seed {world.seed} and the same options.")
    return 1 if history.failures else 0


if __name__ == "__main__":
    options = arguments()
    if clock.can_jump():
        clock.prepare()
    sys.exit(asyncio.run(main(options)))
