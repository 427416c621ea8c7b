"""Progress for people, on stderr: stdout carries only JSON."""

from __future__ import annotations

import sys
from pathlib import Path


def say(text: str) -> None:
    print(f"testbed: {text}", file=sys.stderr, flush=True)


def tail(path: Path, lines: int = 15) -> str:
    """Return the last lines of a log, or the reason why there are none."""
    try:
        text = path.read_text(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(text[-lines:]) or "(empty log)"
