"""What commands print, tables as docker's or JSON, and the options that say what."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import click

from ..._display.printable import printable

# What gives several commands the same option.
Option = Callable[[Any], Any]

json_option: Option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document for each line.")
filter_option: Option = click.option(
    "-f", "--filter", "filters", multiple=True, metavar="NAME=VALUE", help="Only what fits."
)
no_trunc_option: Option = click.option("--no-trunc", is_flag=True, help="Do not shorten.")

_HOUR, _DAY = 3600, 86400
# Up to how many seconds an age is told in units of how many seconds, as docker does.
_AGES = (
    (60, 1, "second"),
    (_HOUR, 60, "minute"),
    (48 * _HOUR, _HOUR, "hour"),
    (14 * _DAY, _DAY, "day"),
    (60 * _DAY, 7 * _DAY, "week"),
    (730 * _DAY, 30 * _DAY, "month"),
    (float("inf"), 365 * _DAY, "year"),
)
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def print_json(value: object) -> None:
    """Print a value as one line of JSON. Typed results have their fields, without ``raw``."""
    click.echo(json.dumps(plain(value), ensure_ascii=False))


def plain(value: Any) -> Any:
    """Return a value as JSON has it. Typed results have their fields, without ``raw``."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (field.name for field in dataclasses.fields(value) if field.name != "raw")
        return {name: plain(getattr(value, name)) for name in fields}
    if hasattr(value, "_asdict"):
        return {name: plain(field) for name, field in value._asdict().items()}
    slots = getattr(type(value), "__slots__", ())
    if isinstance(value, str) and slots:  # a result whose text is a reference
        return {"reference": str(value), **{name: plain(getattr(value, name)) for name in slots}}
    if isinstance(value, Mapping):
        return {str(name): plain(field) for name, field in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


Row = Callable[[Any], Sequence[object]]


def print_table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns as docker does: as wide as they need, three spaces between, ten characters at least."""
    click.echo("\n".join(table(titles, rows)))


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a table."""
    lines = [list(titles), *([printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(10, *(len(line[at]) + 3 for line in lines)) for at in range(len(titles))]
    return ["".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def print_all(values: Iterable[Any], titles: Sequence[str], row: Row, as_json: bool) -> None:
    """Print values as JSON or as a table."""
    if as_json:
        for value in values:
            print_json(value)
    else:
        print_table(titles, map(row, values))


def size(count: float | None) -> str:
    """Return a size as docker's tables have it: ``1.23MB``."""
    if count is None:
        return ""
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count /= 1000
        unit += 1
    return f"{count:.4g}{_UNITS[unit]}"


def ago(moment: datetime) -> str:
    """Return how long ago something was, as docker says it: ``3 minutes ago``."""
    seconds = max((datetime.now(timezone.utc) - moment).total_seconds(), 0)
    unit, name = next((unit, name) for limit, unit, name in _AGES if seconds < limit)
    count = int(seconds / unit)
    return f"{count} {name}{'' if count == 1 else 's'} ago"


def shorten(text: str, width: int, whole: bool = False) -> str:
    """Return text with at most ``width`` characters."""
    return text if whole or len(text) <= width else text[: width - 1] + "…"


def short_id(identity: str, whole: bool = False) -> str:
    """Return an ID as docker shows it."""
    return identity if whole else identity.removeprefix("sha256:")[:12]


def live() -> bool:
    """Report whether output may be redrawn."""
    return sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def filters_of(given: tuple[str, ...]) -> dict[str, list[str]] | None:
    """Return filters as methods take them."""
    filters: dict[str, list[str]] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise click.BadParameter(f"{one!r} must be NAME=VALUE", param_hint="--filter")
        filters.setdefault(name.strip(), []).append(value)
    return filters or None
