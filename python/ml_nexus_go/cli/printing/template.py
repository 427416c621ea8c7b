"""Docker's ``--format``: the part of it that people use, read strictly.

Docker takes any Go template. Here it is text, fields, ``json`` of them, ``upper`` and ``lower``, a container's labels,
and ``table`` before all of it. Anything else is refused, with what there is: half a template would print nonsense.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..._display.printable import printable

_ACTION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_CALL = re.compile(r"(?:(json|upper|lower)\s+)?\.([\w.]*)")
_LABEL = re.compile(r'\.Label\s+"([^"\\]*)"')
_SUPPORTED = "{{.FIELD}}, {{json .FIELD}}, {{upper .FIELD}}, {{lower .FIELD}}, {{json .}}, json, table before fields"


class FormatError(ValueError):
    """A format that is none, or has more than is supported."""


@dataclass(frozen=True)
class Fields:
    """What a format may name.

    ``headers`` are the fields, each with its title in a table; one that ends in ``.*`` has more inside. ``labels`` says
    whether there is ``{{.Label "NAME"}}``, ``tables`` whether docker has ``table`` here.
    """

    headers: Mapping[str, str]
    labels: bool = False
    tables: bool = True

    def header(self, path: str) -> str:
        """Return a field's title. Raises FormatError."""
        within = path.rpartition(".")[0] + ".*"
        if path not in self.headers and (within not in self.headers or within == path):
            names = ", ".join(f".{name}" for name in self.headers)
            raise FormatError(f"there is no field .{path}: those are {names}" + (', .Label "NAME"' * self.labels))
        return self.headers.get(path, path)


@dataclass(frozen=True)
class Both:
    """A value that is another one in JSON than as text."""

    text: str
    value: object

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Row:
    """What is printed in one line: its fields, its labels, and what ``{{json .}}`` prints, if not the fields."""

    values: Mapping[str, Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    document: object = None

    def value(self, path: str) -> Any:
        """Return a field, or what is inside one; all of it for ""."""
        if not path:
            return self.values if self.document is None else self.document
        if path in self.values:
            return self.values[path]
        folder, _, name = path.rpartition(".")
        return self.values[folder].value.get(name)


@dataclass(frozen=True)
class _Part:
    """Text, or what stands in braces."""

    text: str = ""
    function: str = ""  # "json", "upper", "lower", "label", "field"
    path: str = ""

    def of(self, row: Row) -> str:
        if not self.function:
            return self.text
        if self.function == "label":
            return printable(row.labels.get(self.path, ""))
        value = row.value(self.path)
        if self.function == "json":
            return as_json(value, escaped=not self.path and row.document is None)
        text = printable("<no value>" if value is None else str(value))
        return text.upper() if self.function == "upper" else text.lower() if self.function == "lower" else text


class Format:
    """A format that was read."""

    def __init__(self, parts: Sequence[_Part], header: str | None) -> None:
        self._parts = parts
        self._header = header  # of a table

    def uses(self, field: str) -> bool:
        """Report whether it needs a field."""
        return any(part.path == field or (part.function == "json" and not part.path) for part in self._parts)

    def lines(self, rows: Iterable[Row]) -> list[str]:
        """Return what is printed of rows."""
        texts = ["".join(part.of(row) for part in self._parts) for row in rows]
        return texts if self._header is None else aligned([self._header, *texts])


def read(text: str, fields: Fields) -> Format:
    """Read a format. Raises FormatError."""
    table = text.startswith("table") and fields.tables
    if fields.tables:
        text = text.removeprefix("table").strip(" ").replace(r"\t", "\t").replace(r"\n", "\n")
    if not text or text in ("raw", "pretty"):
        raise FormatError(f"{text or 'table alone'} is not supported: there are {_SUPPORTED}")
    parts = list(_parts("{{json .}}" if text == "json" else text, fields))
    if not table:
        return Format(parts, None)
    if any(part.function == "json" and not part.path for part in parts):
        raise FormatError("a table has no {{json .}}: leave out table")
    return Format(parts, "".join(_header(part, fields) for part in parts))


def _parts(text: str, fields: Fields) -> Iterable[_Part]:
    at = 0
    for found in _ACTION.finditer(text):
        yield _Part(text[at : found.start()])
        yield _action(found[1].strip(), fields)
        at = found.end()
    if "{{" in text[at:]:
        raise FormatError(f"{text[at:]!r} has no closing braces")
    yield _Part(text[at:])


def _action(inside: str, fields: Fields) -> _Part:
    if fields.labels and (label := _LABEL.fullmatch(inside)):
        return _Part(function="label", path=label[1])
    call = _CALL.fullmatch(inside)
    if call is None or not (call[2] or call[1] == "json"):
        raise FormatError(f"{{{{{inside}}}}} is not supported: there are {_SUPPORTED}")
    if call[2]:
        fields.header(call[2])
    return _Part(function=call[1] or "field", path=call[2])


def _header(part: _Part, fields: Fields) -> str:
    if part.function == "label":
        return re.sub("[-_]", " ", part.path.rpartition(".")[2])
    return fields.header(part.path) if part.function else part.text


def aligned(lines: Sequence[str]) -> list[str]:
    """Return lines with their cells, which tabs end, below each other as docker does it."""
    cells = [line.split("\t") for line in lines]
    columns = range(max(map(len, cells)) - 1)
    widths = [max(10, *(len(line[at]) + 3 for line in cells if at < len(line) - 1)) for at in columns]
    return ["".join(cell.ljust(width) for cell, width in zip(line[:-1], widths)) + line[-1] for line in cells]  # noqa: B905


def as_json(value: object, *, escaped: bool) -> str:
    """Return a value as Go writes it; ``escaped`` as for a page of HTML."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=lambda both: both.value)
    hidden = "<>&\u2028\u2029" if escaped else "\u2028\u2029"
    return re.sub(f"[{hidden}]", lambda found: f"\\u{ord(found[0]):04x}", text)
