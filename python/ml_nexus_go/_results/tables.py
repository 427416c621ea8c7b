"""Typed views as tables in notebooks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, ClassVar, TypeVar

Row = TypeVar("Row")


class Shown:
    """A dataclass that a notebook shows as a table of its fields."""

    # The fields that a list of such objects has as columns.
    _columns: ClassVar[tuple[str, ...]] = ()

    def _repr_html_(self) -> str:
        fields = [field.name for field in dataclasses.fields(self) if field.name != "raw"]  # type: ignore[arg-type]
        return _table((), ((name, getattr(self, name)) for name in fields))


class Listing(list[Row]):
    """A list that a notebook shows as a table."""

    def _repr_html_(self) -> str | None:
        columns = self[0]._columns if self and isinstance(self[0], Shown) else ()
        if not columns:
            return None  # its repr
        return _table(columns, ([getattr(one, name) for name in columns] for one in self))


def _table(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(title.replace('_', ' '))}</th>" for title in titles)
    lines = [f"<thead><tr>{head}</tr></thead>"] if head else []
    lines += ["<tr>" + "".join(f"<td>{escape(_text(cell))}</td>" for cell in row) + "</tr>" for row in rows]
    return f"<table>{''.join(lines)}</table>"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_text(one)}" if one != "" else str(key) for key, one in value.items())
    if isinstance(value, (tuple, list)):
        return ", ".join(map(_text, value))
    cell = getattr(value, "_cell", None)
    text = str(value) if cell is None else cell()
    return text[:19] + "…" if text.startswith("sha256:") else text
