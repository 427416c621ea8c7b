"""The public names of the Python package, in a form that can be compared with an earlier version's.

    PYTHONPATH=python python -m tools.public_api > tests/public_api.txt

writes the snapshot. tests/test_public_api.py fails when something of it is gone.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import Any

MODULES = (
    "ml_nexus_go",
    "ml_nexus_go.blocking",
    "ml_nexus_go.environments",
    "ml_nexus_go.injection",
    "ml_nexus_go.pytest_plugin",
)

# For each name, what it is, and its parameters in their order.
Api = dict[str, tuple[str, tuple[str, ...]]]

_NAMES = set(importlib.import_module(MODULES[0]).__all__)


def collect() -> Api:
    """Return the API of the package that is imported."""
    found: Api = {}
    for name in MODULES:
        module = importlib.import_module(name)
        for public in module.__all__:
            found.update(_described(f"{name}.{public}".removeprefix("ml_nexus_go."), getattr(module, public)))
    return {name: what for name, what in found.items() if not _inherited(found, name, what)}


def _inherited(api: Api, name: str, what: tuple[str, tuple[str, ...]]) -> bool:
    """Report whether a public base of the class has the same member, or the class passes its calls on."""
    owner, _, member = name.rpartition(".")
    bases = api[owner][0].split()[1:] if owner in api else []
    found = [api[f"{base}.{member}"] for base in bases if f"{base}.{member}" in api]
    return what in found or (bool(found) and what[1] == ("*args", "**kwargs"))


def text(api: Api) -> str:
    """Return the snapshot: a line for each name, and below it one for each parameter."""
    lines: list[str] = []
    for name, (kind, parameters) in sorted(api.items()):
        lines += [f"{name}: {kind}", *(f"    {parameter}" for parameter in parameters)]
    return "\n".join(lines) + "\n"


def read(snapshot: str) -> Api:
    """Return what ``text`` has written."""
    api: dict[str, tuple[str, list[str]]] = {}
    parameters: list[str] = []
    for line in snapshot.splitlines():
        if line.startswith(" "):
            parameters.append(line.strip())
        else:
            name, _, kind = line.partition(": ")
            parameters = []
            api[name] = (kind, parameters)
    return {name: (kind, tuple(given)) for name, (kind, given) in api.items()}


def broken(before: Api, now: Api) -> list[str]:
    """Return what a program that was written for ``before`` misses, one line for each fault."""
    faults: list[str] = []
    for name, (kind, parameters) in before.items():
        found = _lookup(now, name)
        if found is None:
            faults.append(f"{name} is gone")
            continue
        (word, *bases), (new_word, *new_bases) = kind.split(), found[0].split()
        if word != new_word:
            faults.append(f"{name} was a {word}, and is a {new_word}")
        if word == "class":
            faults += (f"{name} is no {base} any more" for base in bases if base not in new_bases)
        faults += (f"{name}: {fault}" for fault in _broken_call(parameters, found[1]))
    return faults


def _lookup(api: Api, name: str) -> tuple[str, tuple[str, ...]] | None:
    """Return a name, or a member that has moved to a public base of its class."""
    owner, _, member = name.rpartition(".")
    bases = api[owner][0].split()[1:] if owner in api else []
    return next((api[place] for place in (name, *(f"{base}.{member}" for base in bases)) if place in api), None)


def _broken_call(before: tuple[str, ...], now: tuple[str, ...]) -> Iterator[str]:
    old, new = _places(before), _places(now)
    for name, (position, keyword, optional) in old.items():
        if name not in new:
            yield f"the parameter {name} is gone"
            continue
        new_position, new_keyword, new_optional = new[name]
        if position is not None and new_position != position:
            yield f"{name} was argument {position}, and is {_word(new_position)}"
        if keyword and not new_keyword:
            yield f"{name} cannot be given as a keyword"
        if optional and not new_optional:
            yield f"{name} must be given"
    for name in new.keys() - old.keys():
        if not new[name][2]:
            yield f"the new parameter {name} must be given"


def _word(position: int | None) -> str:
    return "a keyword" if position is None else f"argument {position}"


def _places(parameters: tuple[str, ...]) -> Mapping[str, tuple[int | None, bool, bool]]:
    """Return for each parameter its position, whether it may be a keyword and whether it may be left out."""
    places: dict[str, tuple[int | None, bool, bool]] = {}
    for number, line in enumerate(parameters):
        words, _, how = line.partition("  # ")
        name, default, _ = words.partition("=")
        starred = name.startswith("*")
        position = None if how == "keyword" or starred else number
        places[name] = (position, how != "position", bool(default) or starred)
    return places


def _described(name: str, value: Any) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    if inspect.isclass(value):
        yield name, (" ".join(["class", *_bases(value)]), _parameters(value))
        for member, what in _members(value).items():
            yield f"{name}.{member}", what
    elif inspect.isfunction(value):
        yield name, (_kind(value), _parameters(value))
    else:
        yield name, ("value", ())


def _is_ours(cls: type) -> bool:
    return cls.__module__.split(".")[0] == "ml_nexus_go"


def _bases(cls: type) -> list[str]:
    """Return what an object is, too: an ``except`` or an ``isinstance`` may rely on it."""
    return [base.__name__ for base in cls.__mro__[1:-1] if not _is_ours(base) or base.__name__ in _NAMES]


def _members(cls: type) -> dict[str, tuple[str, tuple[str, ...]]]:
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    if dataclasses.is_dataclass(cls):
        found.update({field.name: (f"field {field.type}", ()) for field in dataclasses.fields(cls)})
    if issubclass(cls, Exception):
        found.update(dict.fromkeys(vars(cls()), ("field", ())))
    for owner in cls.__mro__:
        if _is_ours(owner):
            for name, value in vars(owner).items():
                found.setdefault(name, _member(value))
    return {name: what for name, what in found.items() if not name.startswith("_")}


def _member(value: Any) -> tuple[str, tuple[str, ...]]:
    if isinstance(value, (classmethod, staticmethod)):
        value = value.__func__
    if inspect.isfunction(value):
        return _kind(value), _parameters(value)
    return "field", ()


def _kind(function: Any) -> str:
    return "coroutine" if inspect.iscoroutinefunction(function) else "function"


def _parameters(call: Any) -> tuple[str, ...]:
    try:
        signature = inspect.signature(call)
    except ValueError:  # a protocol's, of Python's own
        return ()
    return tuple(_parameter(p) for p in signature.parameters.values() if p.name not in ("self", "cls"))


def _parameter(parameter: inspect.Parameter) -> str:
    plain = parameter.replace(annotation=inspect.Parameter.empty)
    if parameter.default is not inspect.Parameter.empty and not _is_plain(parameter.default):
        plain = plain.replace(default=...)
    name = str(plain).replace("=Ellipsis", "=...")
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
        return f"{name}  # keyword"
    if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
        return f"{name}  # position"
    return name


def _is_plain(default: Any) -> bool:
    return default is None or type(default) in (bool, int, float, str, tuple, bytes)


if __name__ == "__main__":
    sys.stdout.write(text(collect()))
