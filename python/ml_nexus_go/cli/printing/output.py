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
format_option: Option = click.option(
    "--format",
    "form",
    metavar="FORMAT",
    help="Print fields as docker does: '{{.Names}}', 'table {{.ID}}\\t{{.Status}}', '{{json .}}', json.",
)
no_trunc_option: Option = click.option("--no-trunc", is_flag=True, help="Do not shorten.")

# Units of an age, each in hours, up to how many hours docker uses it.
_AGES = ((48, 1, "hours"), (24 * 14, 24, "days"), (24 * 60, 24 * 7, "weeks"), (24 * 365 * 2, 24 * 30, "months"))
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_ESCAPES = dict(zip('"\\\a\b\f\n\r\t\v', (r"\"", r"\\", r"\a", r"\b", r"\f", r"\n", r"\r", r"\t", r"\v"), strict=True))


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


def print_lines(lines: Iterable[str]) -> None:
    """Print lines, if there are any."""
    for line in lines:
        click.echo(line)


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


def size(count: float | None, digits: int = 4) -> str:
    """Return a size as docker's tables have it: ``1.23MB``."""
    return "" if count is None else _in_units(count, 1000, _UNITS, digits)


def bytes_size(count: float) -> str:
    """Return a size in powers of 1024, as docker has memory: ``1.5GiB``."""
    return _in_units(count, 1024, _BINARY, 4)


def _in_units(count: float, base: int, units: Sequence[str], digits: int) -> str:
    at = 0
    while count >= base and at < len(units) - 1:
        count /= base
        at += 1
    return f"{count:.{digits}g}{units[at]}"


def ago(moment: datetime) -> str:
    """Return how long ago something was, as docker says it: ``3 minutes ago``."""
    return f"{_age((datetime.now(timezone.utc) - moment).total_seconds())} ago"


def _age(seconds: float) -> str:
    if seconds < 1:
        return "Less than a second"
    if seconds < 60:
        return "1 second" if seconds < 2 else f"{int(seconds)} seconds"
    if seconds < 3600:
        return "About a minute" if seconds < 120 else f"{int(seconds / 60)} minutes"
    hours = int(seconds / 3600 + 0.5)
    if hours == 1:
        return "About an hour"
    return next((f"{hours // unit} {name}" for limit, unit, name in _AGES if hours < limit), f"{hours // 8760} years")


def quoted(text: str) -> str:
    """Return text in quotes, as Go writes it."""
    return '"' + "".join(map(_quoted, text)) + '"'


def _quoted(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


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
