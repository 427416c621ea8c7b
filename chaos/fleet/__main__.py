"""python -m chaos.fleet: random faults on a fleet, for some minutes. tools/chaos_fleet.sh runs it."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import time

from tests.support.fleet import alone

from .. import record
from .faults import CLIENT_KILLED, FAULTS
from .storm import Storm


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="tools/chaos_fleet.sh", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long faults go on")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    parser.add_argument("--fleet", choices=["old", "new"], default="new")
    parser.add_argument("--faults", default=",".join([*FAULTS, CLIENT_KILLED]), help='only these; none: ""')
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=4, help="jobs of each client")
    parser.add_argument("--longest", type=float, default=12.0, help="seconds of a job, at most")
    parser.add_argument("--jobs", type=int, default=10**9, help="of each client: it ends after them")
    parser.add_argument(
        "--record", action="store_true", help="add it to chaos/record.jsonl, if the commit is what runs"
    )
    return parser.parse_args()


async def main(chosen: argparse.Namespace) -> int:
    """Run it, print what came of it, and return the exit code."""
    began = time.monotonic()
    names = [name for name in chosen.faults.split(",") if name]
    with alone(f"fleet-{chosen.fleet}") as fleet:
        print(f"seed {chosen.seed}, {fleet.name}", flush=True)
        storm = Storm(fleet, chosen, random.Random(chosen.seed))
        await storm.run(names)
        await storm.check()
        version = fleet.docker(None, "version", "--format", "{{.Server.Version}}").strip()
    for failure in storm.failures:
        print(f"--- {failure}", file=sys.stderr)
    entry = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()), "commit": record.commit(), "seed": chosen.seed,
        "engine": chosen.fleet, "version": version, "live_restore": "off", "connection": "fleet",
        "seconds": round(time.monotonic() - began), "operations": {"fleet-job": len(storm.jobs)},
        "faults": dict(sorted(storm.faults.items())), "errors": dict(sorted(storm.errors.items())),
        "failures": len(storm.failures),
    }  # fmt: skip
    print(json.dumps(entry))
    if chosen.record and entry["commit"]:
        record.keep(entry)
    print(f"{len(storm.jobs)} jobs, {storm.summary()}: {len(storm.failures)} failed")
    return 1 if storm.failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(arguments())))
