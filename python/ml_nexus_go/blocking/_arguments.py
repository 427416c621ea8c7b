"""What callers give to methods, for the asynchronous client: callbacks, and sources of bytes."""

from __future__ import annotations

import inspect
import os
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from .._errors import InvalidArgument
from ._caller import current

_CHUNK = 256 << 10
_NONE_LEFT = object()


def asked(callback: Any) -> Any:
    """Return a callback that awaits what the caller's thread does: a slow one slows the work."""
    if not _is_function(callback):
        return callback

    async def ask(*args: object) -> object:
        return await current.get().ask(callback, *args)

    return ask


def told(callback: Any) -> Any:
    """Return a callback that the caller's thread calls later, in order."""
    if not _is_function(callback):
        return callback

    def tell(*args: object) -> None:
        current.get().tell(callback, *args)

    return tell


def _is_function(callback: Any) -> bool:
    if inspect.iscoroutinefunction(callback):
        name = getattr(callback, "__qualname__", callback)
        raise InvalidArgument(f"a callback must be a plain function here, and {name} is a coroutine function")
    return callable(callback)


def source(given: Any) -> Any:
    """Return an asynchronous iterator for an iterable or a file of bytes; anything else is returned as it is."""
    if isinstance(given, (str, bytes, bytearray, memoryview, os.PathLike)):
        return given
    read = getattr(given, "read", None)
    if callable(read):
        return _parts(lambda: read(_CHUNK) or _NONE_LEFT)
    if isinstance(given, Iterable):
        iterator = iter(given)
        return _parts(lambda: next(iterator, _NONE_LEFT))
    return given


async def _parts(take: Callable[[], object]) -> AsyncIterator[Any]:
    caller = current.get()
    while (part := await caller.ask(take)) is not _NONE_LEFT:
        yield part


def client(given: Any) -> Any:
    """Return the asynchronous client of a blocking one."""
    return getattr(given, "_client", given)
