"""python -m bench.long KIND: a long run with a picture of what it kept open. tools/long.sh runs it."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ml_nexus_go import DockerClient, connect
from tests.support.bed import ENGINES, Engine, part

from . import large, picture, runs, watch

ROOT = Path(__file__).resolve().parents[2]
COUNTS = (1000, 10_000, 100_000)
# What the last third of a run may have more than the third before it, as a share. A run of less than
# some minutes still warms up.
GROWTH = {"resident_mib": 0.1, "descriptors": 0.1, "goroutines": 0.1, "handles": 0.1}


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="tools/long.sh", description=__doc__)
    parser.add_argument("kind", choices=["steady", "flight", "hosts", "large"])
    parser.add_argument("--minutes", type=float, default=10.0, help="a day is 1440")
    parser.add_argument("--engine", choices=ENGINES, default="new")
    parser.add_argument("--connection", choices=["local", "ssh"], default="ssh")
    parser.add_argument("--at-once", type=int, default=0, help="operations (steady: 4, flight: 1000) or hosts (50)")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two operations of a steady load")
    parser.add_argument("--folder", type=Path, default=ROOT / "build/long", help="for the samples and the picture")
    return parser.parse_args()


def hosts(engine: Engine, count: int, folder: Path) -> Iterator[DockerClient]:
    """Yield clients of one engine by so many names of its host, each with a connection of its own."""
    alias, config = part("sshd")["alias"], folder / "ssh_config"
    names = [f"long-host-{number}" for number in range(count)]
    text = Path(part("sshd")["ssh_config"]).read_text()
    config.write_text(text.replace(f"Host {alias}\n", f"Host {alias} {' '.join(names)}\n", 1))
    for name in names:
        yield connect(f"ssh://{name}{engine.socket}", ssh_config=config)


async def long_run(chosen: argparse.Namespace) -> int:
    """Run, watch, draw, and say what grew."""
    chosen.folder.mkdir(parents=True, exist_ok=True)
    name = f"{chosen.kind}-{chosen.engine}-{chosen.connection}"
    samples = chosen.folder / f"{name}.jsonl"
    counter = runs.Counter()
    engine = Engine(ENGINES[chosen.engine], chosen.connection)
    end = asyncio.get_running_loop().time() + chosen.minutes * 60
    work = {
        "steady": lambda: runs.steady(engine, end, counter, at_once=chosen.at_once or 4, pause=chosen.pause),
        "flight": lambda: runs.flight(engine, end, counter, at_once=chosen.at_once or 1000),
        "hosts": lambda: runs.hosts(hosts(engine, chosen.at_once or 50, chosen.folder), end, counter),
    }[chosen.kind]()
    with samples.open("w") as to:
        watching = asyncio.create_task(watch.keep(to, max(1.0, chosen.minutes * 60 / 1000), lambda: counter.done))
        began = time.monotonic()
        try:
            await work
        finally:
            watching.cancel()
            seen = [*watch.read(samples), await watch.sample(began, counter.done)]
            (chosen.folder / f"{name}.svg").write_text(picture.picture(seen, name))
    return told(name, seen)


def told(name: str, seen: list[watch.Sample]) -> int:
    """Print what a run had at its end, and return the exit code: 1 if something grew."""
    print(f"{name}: {seen[-1]}")
    if len(seen) < 30:
        print("too short to say whether anything grows")
        return 0
    grown = {what: watch.grown(seen[:-1], what) for what in GROWTH}
    for what, share in grown.items():
        print(f"{what}: {share:+.1%} in the last third")
    return 1 if any(share > GROWTH[what] for what, share in grown.items()) else 0


def large_run() -> int:
    """Print what lists, events and statistics take, for each count."""
    rows = [large.in_its_own_process(count) for count in COUNTS]
    print("\t".join(rows[0]))
    for row in rows:
        print("\t".join(f"{value:g}" for value in row.values()))
    worst = [what for what in rows[0] if what.endswith("_cpu_s") and rows[-1][what] > 20 * rows[-2][what]]
    print(
        f"more than linear: {', '.join(worst)}"
        if worst
        else "linear: ten times as many take at most twenty times as long"
    )
    return 1 if worst else 0


if __name__ == "__main__":
    options = arguments()
    sys.exit(large_run() if options.kind == "large" else asyncio.run(long_run(options)))
