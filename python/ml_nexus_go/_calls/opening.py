"""A client's opening, which callers in any event loop wait for."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from ctypes import c_uint64
from typing import TYPE_CHECKING

from .._abi import native
from .._abi.frames import RESULT
from .._abi.json import decode
from .._errors import DockerError
from .kinds import error_from_frame

if TYPE_CHECKING:
    from .._wire.generated.bridge import OpenResult


class Opening:
    """client.open. ``take`` gets the new client's handle; ``over`` is always called, before the future is set."""

    def __init__(self, take: Callable[[int], None], over: Callable[[], None]) -> None:
        self.handle = c_uint64()
        self.future: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._take, self._over = take, over

    def receive(self, kind: int, payload: memoryview) -> None:
        """Ignore events."""

    def finish(self, kind: int, payload: memoryview) -> None:
        """Give the client its handle."""
        if kind != RESULT:
            self.fail(error_from_frame(payload))
            return
        opened: OpenResult = decode(str(payload, "utf-8"))
        self._take(opened["client"])
        self._over()
        if not self.future.done():
            self.future.set_result(None)

    def fail(self, error: DockerError) -> None:
        """Let the next call try again."""
        self._over()
        if not self.future.done():
            self.future.set_exception(error)

    def cancel(self) -> None:
        """End it because the client is no longer wanted. From any thread."""
        native.library().op_cancel(self.handle)
