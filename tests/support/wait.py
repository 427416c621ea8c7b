"""Waiting for what no event reports."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def until(question: Callable[[], Any], what: str, deadline: float = 60.0) -> Any:
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
