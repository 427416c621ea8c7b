"""The record of all runs: a line of JSON for each one, added up by tools/reliability.py."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from .world import World

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "chaos" / "record.jsonl"


def commit() -> str:
    """Return the commit that a run begins with; "" if files that git knows differ, but for the record itself."""
    changed = _git("status", "--porcelain", "--untracked-files=no").splitlines()
    if any(not line.endswith(str(RECORD.relative_to(ROOT))) for line in changed):
        return ""
    return _git("rev-parse", "--short=10", "HEAD").strip()


def row(world: World, engine: str, live_restore: str, of: str) -> dict[str, Any]:
    """Return what is kept of a run."""
    history = world.history
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()), "commit": of, "seed": world.seed, "engine": engine,
        "version": world.engine.entry["version"], "live_restore": live_restore, "connection": world.engine.connection,
        "seconds": round(time.monotonic() - history.began),
        "operations": dict(sorted(history.operations.items())), "faults": dict(sorted(history.faults.items())),
        "errors": dict(sorted(history.lost.items())), "failures": len(history.failures),
    }  # fmt: skip


def keep(entry: dict[str, Any]) -> None:
    """Add a run to the record."""
    with RECORD.open("a") as record:
        record.write(json.dumps(entry) + "\n")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout
