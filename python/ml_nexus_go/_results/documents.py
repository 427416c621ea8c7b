"""What the modules of results share: values in the engine's documents, and the name that pickles give a class."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TypeVar

Class = TypeVar("Class", bound=type)

# Up to nine digits of a second, of which a datetime has six.
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


def texts(values: Iterable[str] | None) -> tuple[str, ...]:
    """Return a list that may be null."""
    return tuple(values or ())


def environment(entries: Iterable[str] | None) -> dict[str, str]:
    """Return environment variables by name. An entry without ``=`` sets none."""
    return dict(entry.split("=", 1) for entry in entries or () if "=" in entry)


def engine_time(written: str | None) -> datetime | None:
    """Return a time of RFC 3339, in UTC; None for what is none, and for the year 1, which means "never"."""
    found = _TIME.fullmatch(written or "")
    if found is None or found[0].startswith("0001-"):
        return None
    digits = (found[2] or "").ljust(6, "0")[:6]
    time = datetime.fromisoformat(f"{found[1]}.{digits}{found[3].replace('Z', '+00:00')}")
    return time.astimezone(timezone.utc)


def public(result: Class) -> Class:
    """Let pickles name the package, not the module that a class lives in: they load in any version."""
    result.__module__ = __name__.partition(".")[0]
    return result
