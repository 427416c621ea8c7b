"""Makes docs/reliability.md: what chaos/ has tried so far, and which errors it allows.

    PYTHONPATH=python python -m tools.reliability [--check]

What was tried is said by chaos/record.jsonl, which tools/chaos.sh --record adds to.
"""

from __future__ import annotations

import collections
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from chaos.allowed import TABLE, Group, Promise
from chaos.faults import ALL
from chaos.fleet.faults import CLIENT_KILLED, FAULTS
from chaos.operations import OPERATIONS

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"
RECORD = ROOT / "chaos" / "record.jsonl"

INTRODUCTION = """\
# Reliability: random faults, and a checker

`make chaos` (`tools/chaos.sh --minutes 10 --engine old --connection ssh`) does random operations,
ten at once, on real engines, while random faults happen to the connection, to sshd, to the engine,
to containers and to programs. Each operation knows what must be true: each byte of its output, its
exit code, its side effect on the host exactly once, files whole or absent, an error only of the
kinds below. At the end nothing may be left: containers, agents, images, files, processes in
containers, sessions at sshd, and what the library holds. One seed decides all choices (not what the
machine's timing makes of them); a failure prints it, with what happened to that operation.

`tools/reliability.py` makes this page of `chaos/record.jsonl`, to which `tools/chaos.sh --record`
adds runs of commits (of which some were rebased later). Failures are counted, too: each is a defect
of the product or of the checker.
"""

PROMISES = """\
## Errors that are allowed

An operation *goes on where it was* (runs, logs, events, stats, attachments), *is repeated until it
has succeeded* (questions, files, pulls, pushes, transfers), or *is not sent twice* (plain execs,
builds, input that was sent). After a fault that is not in this table, none of them may fail. An
engine that is away for longer than `reconnect_timeout` is `ConnectionLost` or `EngineUnreachable`.
"""


def page() -> str:
    """Return the page."""
    rows = [json.loads(line) for line in RECORD.read_text().splitlines()]
    parts = [INTRODUCTION, _runs(rows), _faults(rows), _operations(rows), _allowed()]
    return "\n".join(parts)


def _where(row: dict[str, Any]) -> str:
    return f"{row['engine']}, {row['connection']}"


def _runs(rows: list[dict[str, Any]]) -> str:
    lines = [
        "## What was tried",
        "",
        "| engine, connection | versions | runs | minutes | operations | faults | failures |",
    ]
    lines.append("|---|---|---|---|---|---|---|")
    for where in sorted({_where(row) for row in rows}):
        mine = [row for row in rows if _where(row) == where]
        versions = ", ".join(sorted({row["version"] for row in mine}))
        sums = [_total(mine, "operations"), _total(mine, "faults"), sum(row["failures"] for row in mine)]
        minutes = sum(row["seconds"] for row in mine) // 60
        lines.append(f"| {where} | {versions} | {len(mine)} | {minutes} | " + " | ".join(map(str, sums)) + " |")
    total = [_total(rows, "operations"), _total(rows, "faults"), sum(row["failures"] for row in rows)]
    minutes = sum(row["seconds"] for row in rows) // 60
    return "\n".join([*lines, f"| all | | {len(rows)} | {minutes} | " + " | ".join(map(str, total)) + " |", ""])


def _total(rows: Iterable[dict[str, Any]], what: str) -> int:
    return sum(sum(row[what].values()) for row in rows)


def _faults(rows: list[dict[str, Any]]) -> str:
    about = {name: fault.about for name, fault in ALL.items()}
    about["program-killed"] = "a program is killed by SIGKILL; another one goes on where it was"
    about.update({name: text for name, (_, text) in FAULTS.items()})
    about[CLIENT_KILLED] = "a program that runs jobs on a fleet is killed by SIGKILL"
    return "\n".join(["## Faults, by kind", "", *_counts(rows, "faults", about, "what happens"), ""])


def _operations(rows: list[dict[str, Any]]) -> str:
    about = {name: (each.__doc__ or "").splitlines()[0].rstrip(".") for name, each in OPERATIONS.items()}
    about["fleet-job"] = "A job on a fleet of three nodes: it ends once, or is reported as lost; no GPU is used by two"
    return "\n".join(["## Operations, by kind", "", *_counts(rows, "operations", about, "what it is"), ""])


def _counts(rows: list[dict[str, Any]], what: str, about: dict[str, str], title: str) -> Iterator[str]:
    places = sorted({_where(row) for row in rows})
    sums: dict[str, collections.Counter[str]] = {place: collections.Counter() for place in places}
    for row in rows:
        sums[_where(row)].update(row[what])
    yield "| | " + title + " | " + " | ".join(places) + " |"
    yield "|---|---|" + "---|" * len(places)
    for name, text in about.items():
        yield f"| `{name}` | {text} | " + " | ".join(str(sums[place][name]) for place in places) + " |"


def _allowed() -> str:
    lines = [PROMISES]
    lines += ["| a fault that | an operation that | may raise | because |", "|---|---|---|---|"]
    for group in Group:
        for promise in Promise:
            for each in TABLE.get((group, promise), ()):
                reason = "".join(f", reason `{reason}`" for reason in sorted(each.reasons))
                lines.append(f"| {group.value} | {promise.value} | `{each.kind}`{reason} | {each.why} |")
    return "\n".join([*lines, ""])


def main(words: list[str]) -> int:
    """Write the page, or check that it is what it would write."""
    text = page()
    if "--check" not in words:
        PAGE.write_text(text)
    elif PAGE.read_text() != text:
        print(
            "docs/reliability.md is not made of chaos/record.jsonl: PYTHONPATH=python python -m tools.reliability",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
