"""Waiting for what no event tells."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(question: Callable[[], T | Awaitable[T]], what: str, deadline: float = 60.0) -> T:
    """Ask again and again until the answer is true, and return it."""
    end = asyncio.get_running_loop().time() + deadline
    while True:
        answer = question()
        if isinstance(answer, Awaitable):
            answer = await answer
        if answer:
            return answer
        assert asyncio.get_running_loop().time() < end, f"{what}: not within {deadline} s"
        await asyncio.sleep(0.05)
