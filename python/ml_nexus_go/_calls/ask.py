"""Questions that the library answers by itself, without a client."""

from __future__ import annotations

import asyncio
from typing import TypeVar, cast

from .._abi.json import decode
from .._abi.loops import queue_for
from .._wire.method import Request
from .call import call

R = TypeVar("R")


async def ask(request: Request[R]) -> R:
    """Return the answer."""
    queue = queue_for(asyncio.get_running_loop())
    queue.acquire()
    try:
        return cast(R, decode(await call(queue, 0, request)))
    finally:
        queue.drop()
