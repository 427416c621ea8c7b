"""Names of processes, by which another program can prove that one has ended."""

from __future__ import annotations

import asyncio
from typing import Any

from .._abi.json import decode, encode
from .._abi.loops import queue_for
from .call import call


async def process_name() -> str:
    """Return the name of this process; "" where nobody could prove its end."""
    name: str = (await _ask(b"process.name", {}))["process"]
    return name


async def process_gone(name: str) -> bool:
    """Return whether a process is proven to have ended: what cannot be known counts as alive."""
    gone: bool = (await _ask(b"process.gone", {"process": name}))["gone"]
    return gone


async def _ask(method: bytes, request: dict[str, Any]) -> Any:
    queue = queue_for(asyncio.get_running_loop())
    queue.acquire()
    try:
        return decode(await call(queue, 0, method, encode(request)))
    finally:
        queue.drop()
