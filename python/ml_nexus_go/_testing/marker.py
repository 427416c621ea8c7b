"""The marker docker(engine=..., api=...)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import pytest

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_FIELDS = {"engine": "Version", "api": "ApiVersion"}


def unmet(args: tuple[Any, ...], wanted: dict[str, Any], version: Callable[[], dict[str, Any]]) -> str:
    """Return why a test does not run on an engine; "" if it does.

    Raises pytest.UsageError for an invalid marker.
    """
    unknown = set(wanted) - set(_FIELDS)
    if args or unknown:
        raise pytest.UsageError(f"the marker docker takes engine= and api=, not {args or sorted(unknown)}")
    for name, condition in wanted.items():
        found = str(version()[_FIELDS[name]])
        for part in str(condition).split(","):
            match = re.fullmatch(r"\s*(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)\s*", part)
            if not match:
                raise pytest.UsageError(f"the marker docker: {name}={condition!r} is not a condition such as '>=23'")
            wanted_version = _numbers(match[2])
            if not _COMPARE[match[1]](_numbers(found)[: len(wanted_version)], wanted_version):
                return f"the {'engine' if name == 'engine' else 'API'} is {found}, wanted {condition}"
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(number) for number in match[0].split(".")) if match else ()
