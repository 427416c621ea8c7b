"""Doing something when an event loop ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import suppress


class LoopEnd:
    """Calls a function once, when the running loop ends.

    asyncio.run and the like close all asynchronous generators before they close a loop:
    the only notice that a loop gives of its end. Keep this object until then.
    """

    def __init__(self, function: Callable[[], None]) -> None:
        self._generator = _wait(function)
        with suppress(StopIteration):
            self._generator.__anext__().send(None)

    def now(self) -> None:
        """Call the function now, unless it was called: the loop gave no notice, or nobody waits for its end."""
        with suppress(RuntimeError, StopIteration):
            self._generator.aclose().send(None)


async def _wait(function: Callable[[], None]) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        function()
