"""The command line: ``python -m bench``, inside ``python3 -m testbed run ... --``."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from . import groups, record, report, runner


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="The performance table.")
    parser.add_argument("--only", action="append", default=[], metavar="GROUP", help="groups whose name starts so")
    parser.add_argument("--line", default="", metavar="REGEX", help="lines whose name matches")
    parser.add_argument("--quick", action="store_true", help="a third of the rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples")
    parser.add_argument(
        "--record", action="store_true", help=f"put them into {record.PATH.name}, of which docs are made"
    )
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    chosen = [
        group
        for group in groups.load()
        if not arguments.only or any(group.name.startswith(prefix) for prefix in arguments.only)
    ]
    if not chosen:
        print(f"no such group; there are: {', '.join(group.name for group in groups.load())}", file=sys.stderr)
        return 2
    results = asyncio.run(runner.run(chosen, arguments.line, 1 / 3 if arguments.quick else 1.0))
    rows = report.rows(results, "a third of the rounds" if arguments.quick else "all rounds")
    print(report.tables(rows), report.summary(rows), sep="\n\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")
    if arguments.record:
        record.add(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
