"""Work that several callers share, and work of several parts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from .._calls.shield import ended

T = TypeVar("T")


class _Run(Generic[T]):
    """One run under way, and how many wait for it."""

    def __init__(self, task: asyncio.Task[T]) -> None:
        self.task = task
        self.waiting = 0


class Joint(Generic[T]):
    """Calls a coroutine function once for all concurrent callers.

    A later caller gets a new run. Cancelling one caller does not affect the others; when
    the last one is cancelled, so is the run.
    """

    def __init__(self, function: Callable[[], Awaitable[T]]) -> None:
        self._function = function
        self._run: _Run[T] | None = None

    async def __call__(self) -> T:
        loop = asyncio.get_running_loop()
        run = self._run
        if run is None or run.task.done() or run.task.get_loop() is not loop:
            run = self._run = _Run(loop.create_task(self._call()))
        run.waiting += 1
        try:
            return await asyncio.shield(run.task)
        finally:
            run.waiting -= 1
            if run.waiting == 0:
                await ended(run.task)

    async def _call(self) -> T:
        return await self._function()


async def all_of(parts: Iterable[Callable[[], Awaitable[T]]], limit: int = 0) -> list[T]:
    """Do all parts at once (``limit`` at most) and return their results in order.

    When one fails, the others are cancelled, and its exception is raised.
    """
    gate = asyncio.Semaphore(limit) if limit else None

    async def one(part: Callable[[], Awaitable[T]]) -> T:
        if gate is None:
            return await part()
        async with gate:
            return await part()

    tasks: list[asyncio.Task[T]] = []
    try:
        tasks.extend(asyncio.ensure_future(one(part)) for part in parts)
        if not tasks:
            return []
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        failed = [task for task in tasks if task in done and not task.cancelled() and task.exception() is not None]
        if not failed:
            return [task.result() for task in tasks]
        return [failed[0].result()]
    finally:
        await ended(*tasks)
