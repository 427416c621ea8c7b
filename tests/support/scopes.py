"""Ways in which a task is cancelled: by asyncio, by anyio, once and repeatedly."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from .wait import DEADLINE

Work = Callable[[], Awaitable[Any]]


class Started:
    """A callback for output: it shows that the work has started."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __call__(self, data: bytes = b"") -> None:
        self._event.set()

    async def wait(self) -> None:
        await asyncio.wait_for(self._event.wait(), DEADLINE)


Way = Callable[[Work, Started], Awaitable[None]]


async def cancelled_once(work: Work, started: Started) -> None:
    task = asyncio.ensure_future(work())
    await started.wait()
    task.cancel()
    await _is_cancelled(task)


async def cancelled_at_each_turn_of_the_loop(work: Work, started: Started) -> None:
    task = asyncio.ensure_future(work())
    await started.wait()
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
    await _is_cancelled(task)


async def _is_cancelled(task: asyncio.Future[Any]) -> None:
    await asyncio.wait([task])
    assert task.cancelled(), task


async def cancel_scope(work: Work, started: Started) -> None:
    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as scope:
            group.start_soon(_cancel, scope, started)
            await work()
        assert scope.cancelled_caught


async def _cancel(scope: anyio.CancelScope, started: Started) -> None:
    await started.wait()
    scope.cancel()


async def fail_after(work: Work, started: Started) -> None:
    async with anyio.create_task_group() as group:
        try:
            with anyio.fail_after(3600) as scope:
                group.start_soon(_expire, scope, started)
                await work()
        except TimeoutError:
            return
    raise AssertionError("no TimeoutError")


async def _expire(scope: anyio.CancelScope, started: Started) -> None:
    await started.wait()
    scope.deadline = anyio.current_time()


async def nested_scopes(work: Work, started: Started) -> None:
    """The outer scope ends first, then the inner ones, while the work is cleaned up."""
    with anyio.move_on_after(3600) as outer:
        async with anyio.create_task_group() as group:
            group.start_soon(_expire, outer, started)
            with anyio.move_on_after(3600) as inner:
                group.start_soon(_expire, inner, started)
                async with anyio.create_task_group() as innermost:
                    innermost.start_soon(_do, work)
    assert outer.cancelled_caught


async def _do(work: Work) -> None:
    await work()


async def task_group_of_anyio(work: Work, started: Started) -> None:
    """Another task of the group fails."""
    failed = False
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(_do, work)
            await started.wait()
            raise ZeroDivisionError
    except BaseException as error:  # a group of one: ExceptionGroup is a name since 3.11 only
        failed = [type(one) for one in getattr(error, "exceptions", ())] == [ZeroDivisionError]
    assert failed


async def native_cancel_in_a_scope(work: Work, started: Started) -> None:
    """The task is cancelled by asyncio, and then its scope by anyio: the scope does not hide the first."""
    scope = anyio.CancelScope()

    async def scoped() -> None:
        with scope:
            await work()

    task = asyncio.ensure_future(scoped())
    await started.wait()
    task.cancel()
    await asyncio.sleep(0)
    scope.cancel()
    await _is_cancelled(task)


WAYS: list[Way] = [
    cancelled_once,
    cancelled_at_each_turn_of_the_loop,
    cancel_scope,
    fail_after,
    nested_scopes,
    task_group_of_anyio,
    native_cancel_in_a_scope,
]

if sys.version_info >= (3, 11):

    async def task_group_of_asyncio(work: Work, started: Started) -> None:
        """Another task of the group fails, and the group's own task is cancelled meanwhile."""

        async def grouped() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(_do(work))
                await started.wait()
                asyncio.get_running_loop().call_soon(task.cancel)
                raise ZeroDivisionError

        task = asyncio.ensure_future(grouped())
        (end,) = await asyncio.gather(task, return_exceptions=True)
        assert [type(one) for one in getattr(end, "exceptions", ())] == [ZeroDivisionError], repr(end)

    async def timeout_of_asyncio(work: Work, started: Started) -> None:
        """It expires, and then an outer one too; each catches its own cancellation."""
        loop = asyncio.get_running_loop()

        async def expire() -> None:
            await started.wait()
            inner.reschedule(loop.time())
            outer.reschedule(loop.time() + 0.001)

        ending = asyncio.ensure_future(expire())
        timed_out = False
        try:
            async with asyncio.timeout(3600) as outer:
                async with asyncio.timeout(3600) as inner:
                    await work()
        except TimeoutError:
            timed_out = True
        await ending
        task = asyncio.current_task()
        assert timed_out
        assert task is not None
        assert task.cancelling() == 0

    WAYS += [task_group_of_asyncio, timeout_of_asyncio]
