"""The committed record of what was measured: bench/record.jsonl, a row for each line. See report.Row."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from .report import Row

PATH = Path(__file__).parent / "record.jsonl"


def read() -> list[Row]:
    """Return the rows."""
    return [json.loads(line) for line in PATH.read_text().splitlines()] if PATH.exists() else []


def add(rows: Iterable[Row]) -> None:
    """Put rows in the place of older ones of the same lines, or at their groups' ends."""
    kept = {(row["group"], row["line"]): row for row in read()}
    kept.update({(row["group"], row["line"]): row for row in rows})
    groups = list(dict.fromkeys(group for group, _ in kept))
    ordered = sorted(kept.values(), key=lambda row: groups.index(row["group"]))
    PATH.write_text("".join(json.dumps(row) + "\n" for row in ordered))
