"""Waiting for the end of a clean-up, however often the task is cancelled meanwhile.

anyio's scopes cancel a task at each turn of the loop until it has left the scope, an
asyncio.timeout may expire while a TaskGroup cancels, and Ctrl-C may come twice. None of that
may cut short the ending of a container: only time bounds it.
"""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Collection, Coroutine
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

# Seconds. Go gives up after 10 s if the engine is silent, and after 60 s if it is slow;
# this is for what Go cannot bound.
PATIENCE = 75.0


async def settled(
    waited: Collection[asyncio.Future[Any]], seconds: float = PATIENCE, hurried: float = PATIENCE
) -> asyncio.CancelledError | None:
    """Wait until all are done, or the time is up. Nothing is cancelled and nothing raised.

    The time is ``seconds``; from the first cancellation on, no more than ``hurried``.
    Returns the first cancellation of this task that came meanwhile: the caller raises it,
    once it has cleaned up, unless it raises another one already.
    """
    loop = asyncio.get_running_loop()
    late = loop.time() + seconds
    cancelled: asyncio.CancelledError | None = None
    with ExitStack() as scopes:
        while True:
            pending = [future for future in waited if not future.done()]
            left = late - loop.time()
            if not pending or left <= 0:
                return cancelled
            try:
                await asyncio.wait(pending, timeout=None if left == math.inf else left)
            except asyncio.CancelledError as error:
                if cancelled is None:
                    cancelled, late = error, min(late, loop.time() + hurried)
                    scopes.enter_context(_shielded_from_anyio())


async def ended(*tasks: asyncio.Future[Any] | None) -> None:
    """Cancel tasks and wait until they have ended. If this task is cancelled meanwhile, raise that afterwards."""
    all_tasks = [task for task in tasks if task is not None]
    for task in all_tasks:
        if not task.done():
            task.cancel()
    cancelled = await settled(all_tasks)
    for task in all_tasks:
        task.add_done_callback(_seen)
    if cancelled is not None:
        raise cancelled


async def see_through(
    work: Coroutine[Any, Any, object], patience: float, hurried: bool = False
) -> asyncio.CancelledError | None:
    """Do a clean-up of several steps, though the task is cancelled, and return the cancellation.

    From the first cancellation on, or from the start if ``hurried``, the work has ``patience``
    seconds until it is cancelled, and as many again to end. It raises nothing itself.
    """
    task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(_seen)
    cancelled = await settled([task], patience if hurried else math.inf, patience)
    if not task.done():
        task.cancel()
        cancelled = await settled([task], patience) or cancelled
    return cancelled


def _seen(task: asyncio.Future[Any]) -> None:
    """Keep asyncio from reporting an exception that nobody will retrieve."""
    if not task.cancelled():
        task.exception()


def _shielded_from_anyio() -> AbstractContextManager[Any]:
    """Tell anyio, if it is in use, not to cancel this task at each turn."""
    scope = getattr(sys.modules.get("anyio"), "CancelScope", None)
    if scope is None or asyncio.current_task() is None:
        return nullcontext()
    return scope(shield=True)  # type: ignore[no-any-return]
