"""Binding functions to names of a design."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pinjected import Injected
from pinjected.v2.keys import StrBindKey


def optional(name: str) -> Any:
    """What a design binds to a name; None where it binds nothing.

    Found at resolution: a default binding would win over, or hide, bindings of others.
    """

    async def find(__resolver__: Any) -> Any:
        key = StrBindKey(name)
        return await __resolver__.provide(key) if key in __resolver__.design else None

    return Injected.bind(find)


def instance_of(function: Callable[..., Any], *maybe: str) -> Any:
    """The result of a function whose parameters are names of the design; some may be missing."""
    return Injected.bind(function, **{name: optional(name) for name in maybe})


def constructor(cls: type, needed: tuple[str, ...], *maybe: str) -> Any:
    """A class whose fields ``_name`` are injected by name: those needed, and those there may be."""
    fields = {f"_{name}": Injected.by_name(name) for name in needed}
    fields |= {f"_{name}": optional(name) for name in maybe}
    return Injected.inject_partially(cls, **fields)
