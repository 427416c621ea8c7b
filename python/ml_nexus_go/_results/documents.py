"""Values in the engine's documents."""

from __future__ import annotations

from collections.abc import Iterable


def texts(values: Iterable[str] | None) -> tuple[str, ...]:
    """Return a list that may be null."""
    return tuple(values or ())


def environment(entries: Iterable[str] | None) -> dict[str, str]:
    """Return environment variables by name. An entry without ``=`` sets none."""
    return dict(entry.split("=", 1) for entry in entries or () if "=" in entry)
