"""The queue of an event loop, with debug methods that need no engine."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest

from ml_nexus_go import ClientClosed, InternalError
from ml_nexus_go._abi.loops import LoopQueue, queue_for
from ml_nexus_go._abi.queue import BUFFER_SIZE, LARGE_BUFFER
from ml_nexus_go._calls.call import call
from ml_nexus_go._calls.operation import Call
from ml_nexus_go._wire.generated.methods import DEBUG_ECHO, DEBUG_PANIC

from .support.interrupts import Interrupts
from .support.leaks import assert_nothing_open, stats
from .support.wait import DEADLINE


@pytest.fixture
async def queue() -> LoopQueue:
    mine = queue_for(asyncio.get_running_loop())
    mine.acquire()
    return mine


async def echo(queue: LoopQueue, text: str) -> str:
    answer: str = json.loads(await call(queue, 0, DEBUG_ECHO({"text": text})))["text"]
    return answer


async def test_many_calls_at_once_get_their_own_answers(queue: LoopQueue) -> None:
    texts = [f"text {i}" for i in range(5000)]
    assert await asyncio.gather(*(echo(queue, text) for text in texts)) == texts
    queue.drop()
    await assert_nothing_open()


async def test_a_frame_that_is_larger_than_the_buffer(queue: LoopQueue) -> None:
    text = "long " * (1 << 20)
    assert await echo(queue, text) == text
    assert await echo(queue, "short") == "short"
    queue.drop()


async def test_a_buffer_for_a_large_frame_is_not_kept(queue: LoopQueue) -> None:
    text = "large" * (2 * LARGE_BUFFER // 5)
    assert await echo(queue, text) == text
    assert queue._size == BUFFER_SIZE
    assert await echo(queue, "short") == "short"
    queue.drop()


async def test_a_panic_ends_its_own_call_only(queue: LoopQueue) -> None:
    answers = await asyncio.gather(
        echo(queue, "before"), call(queue, 0, DEBUG_PANIC({})), echo(queue, "after"), return_exceptions=True
    )
    assert (answers[0], answers[2]) == ("before", "after")
    assert isinstance(answers[1], InternalError)
    queue.drop()
    await assert_nothing_open()


async def test_a_frame_that_cannot_be_handled_fails_its_own_call_only(
    queue: LoopQueue, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Call):
        def finish(self, kind: int, payload: memoryview) -> None:
            raise ZeroDivisionError

    loop = asyncio.get_running_loop()
    broken = Broken(loop.create_future(), queue)
    queue.submit(0, DEBUG_ECHO({}), b"", broken)
    assert await echo(queue, "other") == "other"
    with pytest.raises(InternalError, match="ZeroDivisionError"):
        await broken.future
    assert "could not be handled" in caplog.text
    queue.drop()


async def test_closing_a_queue_fails_what_is_under_way(queue: LoopQueue) -> None:
    pending = [asyncio.ensure_future(echo(queue, "x")) for _ in range(10)]
    await asyncio.sleep(0)
    queue.close()
    answers = await asyncio.gather(*pending, return_exceptions=True)
    assert {type(answer) for answer in answers} == {ClientClosed}
    with pytest.raises(ClientClosed):
        await call(queue, 0, DEBUG_ECHO({}))
    await assert_nothing_open()


async def test_one_loop_has_one_queue() -> None:
    loop = asyncio.get_running_loop()
    first = queue_for(loop)
    assert queue_for(loop) is first
    first.close()
    assert queue_for(loop) is not first
    queue_for(loop).close()
    assert (await stats())["queues"] == 1


def test_an_interrupt_takes_the_answers_of_no_others() -> None:
    """At each moment: of the answers that arrived together, only that of the interrupted call may be lost."""
    at, raised = 0, True
    while raised:
        at += 1
        loop = asyncio.new_event_loop()
        texts = [f"text {i}" for i in range(5)]

        async def begin() -> list[asyncio.Task[str]]:
            queue = queue_for(asyncio.get_running_loop())
            queue.acquire()
            tasks = [asyncio.ensure_future(echo(queue, text)) for text in texts]  # noqa: B023
            await asyncio.sleep(0)
            return tasks

        tasks = loop.run_until_complete(begin())
        together = asyncio.gather(*tasks, return_exceptions=True)
        with Interrupts(at) as interrupts, suppress(KeyboardInterrupt):
            loop.run_until_complete(together)
        raised = interrupts.raised
        loop.run_until_complete(asyncio.wait(tasks, timeout=DEADLINE))
        answers = [task.result() for task in tasks if task.done() and task.exception() is None]
        assert len(answers) >= len(texts) - raised, interrupts.where
        assert set(answers) <= set(texts)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    assert at > 8, "the moments are not found any more"
