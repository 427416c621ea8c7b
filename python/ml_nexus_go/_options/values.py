"""Values of typed options as docker's words. The kinds are those of tools/wire/flagkinds.go.

Each function gets the keyword's name and its value, and returns the values of the flag, which
is given once for each. A value of another type is InvalidArgument, with the keyword's name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from signal import Signals
from typing import Any

from .._errors import InvalidArgument

Path = str | os.PathLike[str]
Paths = Path | Iterable[Path]
Words = str | int | Iterable[str | int]
Texts = str | Iterable[str]
# Seconds, or docker's text ("1m30s").
Duration = float | str | timedelta
Numbers = int | str | Iterable[int]
# A name with None is given alone: its value is that of the caller's environment.
Pairs = Mapping[str, str | int | float | os.PathLike[str] | None] | Texts
Settings = Mapping[str, str | int | float | os.PathLike[str]] | Texts
Hosts = Mapping[str, str | Iterable[str]] | Texts
# Of the host to that of the container.
Ports = Mapping[str | int, str | int] | Words
# A path with None is given alone.
ByPath = Mapping[Path, str | int | os.PathLike[str] | None] | Mapping[str, str] | Texts
# Soft and hard, or one for both.
Ulimits = Mapping[str, int | str | tuple[int, int]] | Texts
Keys = Mapping[str, Paths | None] | Texts
Field = str | int | os.PathLike[str] | None
Table = Mapping[str, Field | Iterable[str]]
Tables = str | Table | Iterable[str | Table]
# How many, which ones, "all", or a value of docker's --gpus.
Gpus = int | str | Iterable[int | str]


def switch(name: str, value: Any) -> list[str]:
    """Refuse what is no bool: those are written without a value."""
    raise _wrong(name, value, "True or False")


def text(name: str, value: Any) -> list[str]:
    """One text."""
    if not isinstance(value, str):
        raise _wrong(name, value, "a str")
    return [_plain(value)]


def mode(name: str, value: Any) -> list[str]:
    """One text, or a bool that stands for "true" or "false"."""
    return [str(value).lower()] if isinstance(value, bool) else text(name, value)


def path(name: str, value: Any) -> list[str]:
    """One path."""
    return text(name, os.fspath(value) if isinstance(value, os.PathLike) else value)


def ident(name: str, value: Any) -> list[str]:
    """A name or a number, of a user or a signal."""
    return [value.name] if isinstance(value, Signals) else [_scalar(name, value, "a str or an int")]


def whole(name: str, value: Any) -> list[str]:
    """One whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(name, value, "an int")
    return [_plain(value)]


def decimal(name: str, value: Any) -> list[str]:
    """One number, in billionths: docker refuses 1/3 with all its digits."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(name, value, "a number")
    return [str(round(value, 9))]


def size(name: str, value: Any) -> list[str]:
    """A number of bytes, or docker's text."""
    return [_scalar(name, value, 'a number of bytes, or a str such as "16g"')]


def duration(name: str, value: Any) -> list[str]:
    """Seconds, a timedelta, or docker's text."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _wrong(name, value, 'a number of seconds, a timedelta, or a str such as "1m30s"')
    return [_plain(value) if isinstance(value, str) else f"{value * 1e9:.0f}ns"]


def numbers(name: str, value: Any) -> list[str]:
    """Numbers of processors or of nodes of memory."""
    if isinstance(value, str):
        return [_plain(value)]
    each = [value] if isinstance(value, int) else _elements(name, value, "an int, a list of them, or a str")
    return [",".join(whole(name, one)[0] for one in each)]


def words(name: str, value: Any) -> list[str]:
    """A flag that is given once for each."""
    if isinstance(value, (str, int)):
        return [_scalar(name, value, "a str or a list of them")]
    return [_scalar(name, one, "a list of str") for one in _elements(name, value, "a str or a list of them")]


def texts(name: str, value: Any) -> list[str]:
    """As words, for a flag that no number can be a value of."""
    each = [value] if isinstance(value, str) else _elements(name, value, "a str or a list of them")
    return [text(f"each of {name}", one)[0] for one in each]


def listed(name: str, value: Any) -> list[str]:
    """As words, for a flag that splits its value at commas: in a list, these belong to a word."""
    return [_plain(value)] if isinstance(value, str) else [_field(word) for word in words(name, value)]


def paths(name: str, value: Any) -> list[str]:
    """Local files."""
    if isinstance(value, (str, os.PathLike)):
        return path(name, value)
    return [path(name, one)[0] for one in _elements(name, value, "a path or a list of them")]


def pairs(name: str, value: Any) -> list[str]:
    """NAME=VALUE, or the NAME of a variable."""
    if not isinstance(value, Mapping):
        return texts(name, value)
    return [_pair(name, key, one) for key, one in value.items()]


def settings(name: str, value: Any) -> list[str]:
    """NAME=VALUE."""
    if not isinstance(value, Mapping):
        return texts(name, value)
    return [f"{_key(name, key)}={_member(name, key, one)}" for key, one in value.items()]


def hosts(name: str, value: Any) -> list[str]:
    """NAME:ADDRESS."""
    if not isinstance(value, Mapping):
        return texts(name, value)
    return [f"{_key(name, key)}:{to}" for key, one in value.items() for to in words(f"{name}[{key!r}]", one)]


def ports(name: str, value: Any) -> list[str]:
    """HOST:CONTAINER."""
    if not isinstance(value, Mapping):
        return words(name, value)
    return [f"{_key(name, key)}:{_member(name, key, one)}" for key, one in value.items()]


def by_path(name: str, value: Any) -> list[str]:
    """PATH:VALUE, or PATH alone."""
    if not isinstance(value, Mapping):
        return texts(name, value)
    out = []
    for key, one in value.items():
        first = path(name, key)[0]
        if ":" in first:
            raise InvalidArgument(f"{name} has the path {first!r}, and docker reads a colon as its end: use mount=")
        out.append(first if one is None else f"{first}:{_member(name, first, one)}")
    return out


def ulimits(name: str, value: Any) -> list[str]:
    """NAME=SOFT:HARD."""
    if not isinstance(value, Mapping):
        return texts(name, value)
    out = []
    for key, one in value.items():
        limits = one if isinstance(one, tuple) else (one,)
        out.append(f"{_key(name, key)}={':'.join(_member(name, key, limit) for limit in limits)}")
    return out


def keys(name: str, value: Any) -> list[str]:
    """ID=PATH,PATH, or ID alone."""
    if not isinstance(value, Mapping):
        return texts(name, value)
    return [_pair(name, key, None if one is None else ",".join(paths(name, one))) for key, one in value.items()]


def tables(name: str, value: Any) -> list[str]:
    """Lines of fields KEY=VALUE: each a str as docker reads it, or a mapping."""
    if isinstance(value, (str, Mapping)):
        value = [value]
    wanted = "a mapping, docker's text, or a list of them"
    lines = _elements(name, value, wanted)
    return [_line(name, one) if isinstance(one, Mapping) else _scalar(name, one, wanted) for one in lines]


def gpus(name: str, value: Any) -> list[str]:
    """How many, which ones, or a str as a user would write it: the commas between devices need no quotes."""
    wanted = 'how many, a list of numbers or UUIDs, "all", or a str such as "device=0,1"'
    if isinstance(value, str):
        value = _plain(value)
        return [value if value.startswith('"') else ",".join(map(_field, _joined_fields(value)))]
    if isinstance(value, int):
        return [_scalar(name, value, wanted)]
    devices = [_scalar(name, one, wanted) for one in _elements(name, value, wanted)]
    return [_field(f"device={','.join(devices)}")] if devices else []


def _joined_fields(line: str) -> list[str]:
    """Split at the commas after which a key follows: "device=0,1,driver=nvidia" has two fields."""
    fields: list[str] = []
    for part in line.split(","):
        if fields and "=" in fields[-1] and "=" not in part:
            fields[-1] += f",{part}"
        else:
            fields.append(part)
    return fields


def _line(name: str, table: Mapping[str, Any]) -> str:
    fields = []
    for key, value in table.items():
        several = isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))
        for one in value if several else [value]:
            if one is None:
                fields.append(_field(_pair(name, key, None)))
            else:
                fields.append(_field(_pair(name, key, str(one).lower() if isinstance(one, bool) else one)))
    return ",".join(fields)


def _field(value: str) -> str:
    """Quote a field of a line of comma-separated ones where that is needed."""
    if any(char in value for char in ',"\r\n') or value[:1].isspace():
        return '"' + value.replace('"', '""') + '"'
    return value


def _pair(name: str, key: object, value: Any) -> str:
    given = _key(name, key)
    return given if value is None else f"{given}={_member(name, key, value)}"


def _key(name: str, key: object) -> str:
    """A key of a mapping as text."""
    given = _scalar(f"a key of {name}", key, "a str")
    if "=" in given:
        # Not the key: what follows may be a secret.
        raise InvalidArgument(f"{name} has a key with =, where docker ends it: what follows belongs to the value")
    return given


def _member(name: str, key: object, value: Any) -> str:
    """A value of a mapping as text."""
    if isinstance(value, float):
        return str(value)
    given = os.fspath(value) if isinstance(value, os.PathLike) else value
    return _scalar(f"{name}[{key!r}]", given, "a str or a number")


def _scalar(name: str, value: Any, wanted: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise _wrong(name, value, wanted)
    return _plain(value)


def _plain(value: str | int) -> str:
    """The value itself, also of a member of an enumeration, which str() may replace by its name."""
    return str.__str__(value) if isinstance(value, str) else int.__repr__(value)


def _elements(name: str, value: Any, wanted: str) -> list[Any]:
    if isinstance(value, (bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
        raise _wrong(name, value, wanted)
    return list(value)


def _wrong(name: str, value: object, wanted: str) -> InvalidArgument:
    # Not the value: it may be a secret.
    return InvalidArgument(f"{name} must be {wanted}, not {type(value).__name__}")
