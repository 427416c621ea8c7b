"""Checks and conversions of what users pass."""

from __future__ import annotations

import codecs
import math
import os
import re
import shlex
import signal as signals
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from .._errors import InvalidArgument
from .times import moment

Command = str | Sequence[str]
Options = str | Iterable[str] | None
FilterValue = str | bool | int | datetime | timedelta | Iterable[str | int]
Filters = Mapping[str, FilterValue] | None
LocalPath = str | bytes | os.PathLike[str] | os.PathLike[bytes]


class Word(str):
    """An option that is one word, whatever it looks like to a shell: nothing in it is replaced."""

    __slots__ = ()


def text(value: object, name: str) -> str:
    """Return value if it is text."""
    if not isinstance(value, str):
        raise InvalidArgument(f"{name} must be a str, not {type(value).__name__}")
    return value


def encoding_name(value: object, name: str) -> str:
    """Return the name of an encoding that Python knows."""
    encoding = text(value, name)
    try:
        codecs.lookup(encoding)
    except (LookupError, ValueError):
        raise InvalidArgument(f"{name} must be an encoding that Python knows, not {encoding!r}") from None
    return encoding


def command_words(command: Command | None) -> str | list[str]:
    """Return a command in Go's form: text to split, or a list of words."""
    if command is None or isinstance(command, str):
        return command or ""
    return _words(command, "command")


def option_words(options: Options, name: str = "options") -> list[str]:
    """Return options as a list; its elements may be several words each."""
    if options is None:
        return []
    if isinstance(options, str):
        return [options]
    return _words(options, name)


def shown_words(options: Options) -> list[str]:
    """Return options as separate words, for display: they are split here as the client does."""
    words: list[str] = []
    for element in option_words(options):
        if isinstance(element, Word) or not is_joined(element.strip()):
            words.append(element)
            continue
        try:
            words += shlex.split(element)
        except ValueError:
            words += element.split()
    return words


def is_joined(element: str) -> bool:
    """Return whether text is several words, as "-v /a:/b --rm" is and "--env=GREETING=hello world" is not."""
    space = re.search(r"\s", element)
    if not element.startswith("-") or space is None:
        return False
    equals = element.find("=")
    return equals < 0 or space.start() < equals or " -" in element[space.start() :]


def _words(value: Iterable[str], name: str) -> list[str]:
    if isinstance(value, (bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
        raise InvalidArgument(f"{name} must be a str or a list of str, not {type(value).__name__}")
    words = list(value)
    for word in words:
        if not isinstance(word, str):
            raise InvalidArgument(f"{name} has an element of type {type(word).__name__}, but needs str")
    return words


def filter_values(filters: Filters) -> dict[str, list[str]]:
    """Return filters with a list of values for each."""
    if filters is None:
        return {}
    if not isinstance(filters, Mapping):
        raise InvalidArgument(f"filters must be a dict, not {type(filters).__name__}")
    return {text(key, "a filter"): _filter_words(key, value) for key, value in filters.items()}


# Filters whose values are numbers: exit codes and ports.
_NUMBERS = frozenset({"exited", "expose", "publish"})


def _filter_words(key: str, value: FilterValue) -> list[str]:
    if isinstance(value, (datetime, timedelta)):
        return [moment(value, f"the filter {key!r}")]
    if isinstance(value, bool):
        return [str(value).lower()]
    words: Any = value
    if key in _NUMBERS:
        each = [value] if isinstance(value, int) else value
        words = [str(one) if type(one) is int else one for one in each] if isinstance(each, (list, tuple)) else each
    return option_words(words, f"the filter {key!r}")


def text_map(values: Mapping[str, str] | None, name: str) -> dict[str, str]:
    """Return a dict of texts: labels, or a driver's options."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise InvalidArgument(f"{name} must be a dict of str, not {type(values).__name__}")
    return {text(key, f"each key of {name}"): text(value, f"{name}[{key!r}]") for key, value in values.items()}


def local_path(path: LocalPath, name: str) -> str:
    """Return an absolute path; a trailing ``/`` or ``/.`` has a meaning and stays."""
    try:
        name_here = os.fsdecode(path)
    except TypeError:
        raise InvalidArgument(f"{name} must be a path, not {type(path).__name__}") from None
    if not name_here:
        raise InvalidArgument(f"{name} is an empty path")
    return os.path.join(os.getcwd(), name_here)


def container_path(path: str | os.PathLike[str], name: str) -> str:
    """Return a path inside a container as text."""
    return text(os.fspath(path) if isinstance(path, os.PathLike) else path, name)


def seconds(value: float | None, name: str) -> float | None:
    """Return a positive time, or None for no limit."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise InvalidArgument(f"{name} must be a positive number of seconds or None, not {value!r}")
    return float(value)


def byte_position(value: int, name: str) -> int:
    """Return a number of bytes, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidArgument(f"{name} must be a number of bytes, not {value!r}")
    return value


def whole_seconds(value: float | None, name: str) -> int | None:
    """Return whole seconds, rounded up; -1 means for ever."""
    if value is None or value == -1:
        return None if value is None else -1
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**31:
        raise InvalidArgument(f"{name} must be a number of seconds, -1 or None, not {value!r}")
    return math.ceil(value)


def signal_name(value: str | int) -> str:
    """Return a signal in the engine's form."""
    if isinstance(value, signals.Signals):
        return value.name
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value == "":
        raise InvalidArgument("signal is empty: use a name such as SIGTERM, or a number")
    return text(value, "signal")


def output_callback(value: object, name: str, taken: str) -> None:
    """Check that a callback is callable, before anything is started."""
    if value is not None and not callable(value):
        raise InvalidArgument(f"{name} must be a function that takes {taken}, or None, not {type(value).__name__}")


def yes_or_no(value: object, name: str) -> None:
    """Check a keyword that is true or false: text such as "no" would count as true."""
    if not isinstance(value, bool):
        raise InvalidArgument(f"{name} must be True or False, not {value!r}")
