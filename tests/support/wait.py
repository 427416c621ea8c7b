"""Waiting for what no event reports."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

# Seconds for what should take a moment: a busy machine may take minutes, and a test may take ten.
DEADLINE = 240.0


def limits(least: float) -> Iterator[float]:
    """Time limits in seconds, each twice as long as the one before.

    A test that waits for the end of a time limit needs something to have begun before it. How long that takes on a
    busy machine, no measurement tells: the test tries one limit after the other until one was long enough.
    """
    while least < DEADLINE / 2:
        yield least
        least *= 2


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
