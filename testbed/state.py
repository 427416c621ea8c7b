"""state.json: what runs, for the tests; and who uses it, for ``run``."""

from __future__ import annotations

import json
import os
from typing import Any

from .paths import state_file

Entry = dict[str, Any]


def load() -> dict[str, Entry]:
    """Return all parts, by name; empty if nothing runs."""
    try:
        parts: dict[str, Entry] = json.loads(state_file().read_text())["parts"]
    except FileNotFoundError:
        return {}
    return parts


def save(parts: dict[str, Entry]) -> None:
    """Replace the file atomically, so that a reader never sees half of it."""
    partial = state_file().with_suffix(".partial")
    partial.write_text(json.dumps({"parts": parts}, indent=2, sort_keys=True) + "\n")
    os.replace(partial, state_file())
