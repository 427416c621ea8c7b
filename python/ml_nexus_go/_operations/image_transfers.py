"""Operations that move an image and report their progress."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._arguments.checks import seconds
from .._calls.stdin import StdinSource
from .._display.image_progress import showing
from .._wire.method import Request
from .requests import R, Requests


class ImageTransfers(Requests):
    """What pull, push, save, load and transfer share."""

    async def _transfer_image(
        self,
        request: Request[R],
        on_progress: Callable[[Any], object] | None,
        progress: bool,
        timeout: float | None,
        content: StdinSource | None = None,
    ) -> R:
        """Return an operation's result; ``content``, if any, is sent to it."""
        limit = seconds(timeout, "timeout")
        with showing(on_progress, progress) as listener:
            request.fields["progress"] = listener is not None
            if content is None:
                return await self._watch(request, limit, listener)
            return await self._send_bytes(request, content, limit, listener)
