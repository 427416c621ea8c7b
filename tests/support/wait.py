"""Waiting for what no event reports."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

# Seconds for what should take a moment: a busy machine may take minutes, and a test may take five.
DEADLINE = 240.0


async def long_after(work: Awaitable[Any], least: float) -> float:
    """Do such work, and return a time limit in seconds that ends it long after its beginning, however busy the machine.

    At least so many seconds, and at most a minute: a test that waits for the end of a time limit needs something to
    have begun before.
    """
    began = asyncio.get_running_loop().time()
    await work
    return round(max(least, min(20 * (asyncio.get_running_loop().time() - began), 60)), 1)


async def until(question: Callable[[], Any], what: str, deadline: float = DEADLINE) -> Any:
    """Ask repeatedly until the answer is true, and return it."""
    end = asyncio.get_running_loop().time() + deadline
    while True:
        answer = question()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        assert asyncio.get_running_loop().time() < end, f"{what}: not within {deadline} s"
        await asyncio.sleep(0.05)
