"""Times and ages, as users write them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import overload

from .._errors import InvalidArgument

# A time, an age, docker's own words, or Unix seconds.
Moment = datetime | timedelta | str | float


@overload
def moment(value: Moment, name: str) -> str: ...
@overload
def moment(value: Moment | None, name: str) -> str | None: ...
def moment(value: Moment | None, name: str) -> str | None:
    """Return a time in docker's form. A datetime without a time zone is local, as for Python."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return _rfc3339(value, name)
    if isinstance(value, timedelta):
        if value < timedelta(0):  # most likely meant for what it is without its sign
            raise InvalidArgument(f"{name} is an age of {value}: it must not be negative")
        microseconds = value // timedelta(microseconds=1)
        return f"{microseconds // 10**6}.{microseconds % 10**6:06}s"
    if isinstance(value, str):
        if not value.strip():
            raise InvalidArgument(f"{name} is empty: leave it out, or give a time")
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise InvalidArgument(
            f"{name} must be a datetime, a timedelta (an age), Unix seconds or docker's text, not {value!r}"
        )
    # A float of today has no more digits: others would be made up, and too late for datetime.timestamp().
    return str(value) if isinstance(value, int) else f"{value:.6f}"


def _rfc3339(value: datetime, name: str) -> str:
    try:
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError):  # near the first or the last year
        raise InvalidArgument(f"{name} is not a time in UTC: {value!r}") from None
