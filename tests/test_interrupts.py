"""An interrupt at any moment: nothing of a client stays without an owner."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from ml_nexus_go import DockerClient

from .support.bed import Engine
from .support.interrupts import Interrupts
from .support.leaks import assert_nothing_open, settled
from .support.names import Names
from .support.wait import DEADLINE

pytestmark = [
    pytest.mark.connections("local"),
    pytest.mark.engines("new"),
    pytest.mark.timeout(1800),
    # Between a coroutine's creation and its first step: Python warns, and nothing is left.
    pytest.mark.filterwarnings(
        "ignore:coroutine .* was never awaited:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]

Work = Callable[[DockerClient, str], Awaitable[object]]


async def a_question(client: DockerClient, box: str) -> None:
    await client.container_state(box)


async def an_exec(client: DockerClient, box: str) -> None:
    """An exec that is cancelled once it has printed something: its ending is interrupted too."""
    task = asyncio.current_task()
    assert task is not None

    def enough(_: bytes) -> None:
        task.cancel()

    with contextlib.suppress(asyncio.CancelledError):
        await client.exec_container(box, "echo; exec sleep 31117", shell=True, on_stdout=enough)


async def an_exec_with_a_time_limit(client: DockerClient, box: str) -> None:
    """Its output is delivered by a task of its own."""

    async def on_line(_: str) -> None:
        await asyncio.sleep(0)

    await client.exec_container(box, "echo a; echo b >&2", shell=True, on_line=on_line, timeout=DEADLINE)


async def an_exec_with_input(client: DockerClient, box: str) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"x"
        yield b"y"

    assert await client.exec_container(box, ["cat"], stdin=parts()) == "xy"


async def a_process(client: DockerClient, box: str) -> None:
    async with await client.start_exec(box, "echo; exec sleep 31117", shell=True) as process:
        await process.stdout.readline()


async def a_log(client: DockerClient, box: str) -> None:
    async with contextlib.aclosing(client.container_logs(box, follow=True)) as lines:
        async for _ in lines:
            break


async def an_archive(client: DockerClient, box: str) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"no archive"

    with contextlib.suppress(ValueError):
        await client.load_image(parts())


async def a_watched_call(client: DockerClient, box: str) -> None:
    await client.copy_to_container(__file__, box, "/tmp/x", progress=lambda _: None)


@pytest.fixture
def talker(engine: Engine, name: Names, image: str) -> str:
    """A running container with a log."""
    mine = name()
    engine.docker("run", "-d", "--init", "--name", mine, image, "sh", "-c", "echo up; exec sleep 3600")
    return mine


WORK = [
    a_question,
    an_exec,
    an_exec_with_a_time_limit,
    an_exec_with_input,
    a_process,
    a_log,
    an_archive,
    a_watched_call,
]
each_work = pytest.mark.parametrize("work", WORK, ids=lambda work: work.__name__)


@each_work
def test_at_many_moments(engine: Engine, talker: str, work: Work) -> None:
    every_moment(engine, talker, work, step=3 if work is a_question else 23)


@pytest.mark.slow
@each_work
def test_at_any_moment(engine: Engine, talker: str, work: Work) -> None:
    every_moment(engine, talker, work, step=1)


def every_moment(engine: Engine, box: str, work: Work, step: int) -> None:
    at = 1
    while interrupted_at(at, engine, box, work):
        at += step
    assert at > 200, "the moments are not found any more"


def interrupted_at(at: int, engine: Engine, box: str, work: Work) -> bool:
    """Do some work with one interrupt; return whether it came before the work's end."""
    client = engine.connect()
    loop = asyncio.new_event_loop()

    async def whole() -> None:
        try:
            await work(client, box)
        finally:
            await client.aclose()

    try:
        with Interrupts(at) as interrupts:
            task = loop.create_task(whole())
            with contextlib.suppress(KeyboardInterrupt):
                loop.run_until_complete(task)
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            task.cancel()  # as asyncio.run does, where the interrupt came in a callback
            loop.run_until_complete(asyncio.wait_for(task, DEADLINE))
        del task  # it refers to its exception, and that to everything on its way
        gc.collect()
        counted = loop.run_until_complete(asyncio.wait_for(settled({"operations": 1}), 2 * DEADLINE))
        loop.run_until_complete(asyncio.wait_for(client.aclose(), DEADLINE))
        loop.run_until_complete(asyncio.wait_for(assert_nothing_open(), 2 * DEADLINE))
    except BaseException as error:
        raise AssertionError(f"interrupted at moment {at}, {interrupts.where}") from error
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    assert counted["operations"] == 1, f"an operation is left by an interrupt at moment {at}, {interrupts.where}"
    top = engine.api_get(f"/containers/{box}/top")["Processes"]
    assert "31117" not in str(top), f"a process is left by an interrupt at moment {at}, {interrupts.where}"
    return interrupts.raised
