"""Binding functions to names of a design."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from pinjected import Injected
from pinjected.v2.keys import StrBindKey

from ._hidden import warn_where_hidden

_RESOLVER = "__resolver__"


class Lookup(Injected):  # type: ignore[misc]
    """Calls a function with what a design binds to names: those needed, and those there may be.

    The latter are found at resolution, and are None where nothing is bound: a default
    binding would win over, or hide, bindings of others. pinjected prints what it resolves
    as a tree, and says of the resolver itself that it is not in the design: the tree is
    not told of it.
    """

    def __init__(self, function: Callable[..., Any], needed: set[str], maybe: tuple[str, ...]) -> None:
        super().__init__()
        self.function = function
        self._needed, self._maybe = needed, maybe

    def using(self, function: Callable[..., Any], *maybe: str) -> Lookup:
        """The same with another function, which takes more names that may be missing."""
        return Lookup(function, self._needed, (*self._maybe, *maybe))

    def dependencies(self) -> set[str]:
        """The names that pinjected resolves."""
        return {*self._needed, _RESOLVER}

    def dynamic_dependencies(self) -> set[str]:
        """None: pinjected would want them to be there."""
        return set()

    @property
    def complete_dependencies(self) -> set[str]:
        """The names that pinjected shows."""
        return set(self._needed)

    def get_provider(self) -> Callable[..., Any]:
        """What pinjected calls with the dependencies."""

        async def provide(**values: Any) -> Any:
            resolver = values.pop(_RESOLVER)
            warn_where_hidden(resolver.design, lambda source: isinstance(source, Lookup))
            for name in self._maybe:
                key = StrBindKey(name)
                values[name] = await resolver.provide(key) if key in resolver.design else None
            return self.function(**values)

        return provide

    def __repr_expr__(self) -> str:
        return f"Lookup({self.function.__name__})"


def instance_of(function: Callable[..., Any], *maybe: str) -> Any:
    """The result of a function whose parameters are names of the design; some may be missing."""
    return Lookup(function, set(inspect.signature(function).parameters) - set(maybe), maybe)


def constructor(cls: type, needed: tuple[str, ...], *maybe: str) -> Any:
    """A class whose fields ``_name`` are injected by name: those needed, and those there may be."""
    injected = {f"_{name}" for name in (*needed, *maybe)}
    free = [name for name in inspect.signature(cls).parameters if name not in injected]

    def bind(**values: Any) -> Callable[..., Any]:
        fields = {f"_{name}": value for name, value in values.items()}

        def new(*args: Any, **keywords: Any) -> Any:
            if len(args) > len(free):
                raise TypeError(f"{cls.__name__} takes {len(free)} positional arguments, and got {len(args)}")
            placed = dict(zip(free, args))  # noqa: B905 - fewer arguments than fields are fine
            twice = placed.keys() & keywords.keys()
            if twice:
                raise TypeError(f"{cls.__name__} got {', '.join(sorted(twice))} twice")
            return cls(**{**fields, **placed, **keywords})

        new.__name__ = f"new_{cls.__name__}"
        return new

    return Lookup(bind, set(needed), maybe)
