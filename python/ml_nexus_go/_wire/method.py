"""A method of the C ABI, and a request of it."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

Q = TypeVar("Q")
R = TypeVar("R")


class Request(Generic[R]):
    """What is submitted: a method's name and the members of its JSON. The answer to it is an R."""

    __slots__ = ("fields", "method", "operation")

    method: bytes
    operation: str
    fields: dict[str, Any]

    def __init__(self, method: bytes, operation: str, fields: dict[str, Any]) -> None:
        self.method, self.operation, self.fields = method, operation, fields


class Method(Generic[Q, R]):
    """A method whose request is a Q and whose result is an R.

    ``CONTAINER_KILL({"container": "box"})`` is a request of it, whose members a type checker
    knows: they, and the constants, are generated from Go.
    """

    __slots__ = ("name", "operation")

    def __init__(self, name: bytes, operation: str = "") -> None:
        self.name = name
        self.operation = operation  # its name in the public API; "" where it is none

    def __call__(self, fields: Q) -> Request[R]:
        return Request(self.name, self.operation, cast("dict[str, Any]", fields))
