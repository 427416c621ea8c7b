"""Event loops: several, in several threads, of several kinds, one for each test."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvloop

from ml_nexus_go import ClientClosed, ContainerProcess, DockerClient

from .support.bed import Engine
from .support.leaks import assert_nothing_open, settled, stats
from .support.wait import DEADLINE

pytestmark = pytest.mark.by_turns

NewLoop = Callable[[], asyncio.AbstractEventLoop]
LOOPS = [pytest.param(asyncio.new_event_loop, id="asyncio"), pytest.param(uvloop.new_event_loop, id="uvloop")]


def run(new_loop: NewLoop, work: Callable[[], object]) -> None:
    """Like asyncio.run, with a loop of this kind."""
    loop = new_loop()
    try:
        loop.run_until_complete(work())  # type: ignore[arg-type]
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def converse(client: DockerClient, box: str, image: str) -> None:
    """A little of everything."""
    data = bytes(range(256)) * 3000
    assert (await client.exec_container(box, ["cat"], stdin=data)).stdout_bytes == data
    assert await client.run_container(image, ["echo", "hi"], ["--rm"]) == "hi\n"
    process = await client.start_exec(box, ["cat"], ["-i"])
    assert await process.communicate(b"data") == (b"data", b"")
    assert box in await client.list_containers()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client.exec_container(box, ["sleep", "3600"]), 0.3)


@pytest.mark.parametrize("new_loop", LOOPS)
def test_a_loop_of_this_kind(engine: Engine, box: str, image: str, new_loop: NewLoop) -> None:
    async def work() -> None:
        async with engine.connect() as client:
            await converse(client, box, image)
        await assert_nothing_open()

    run(new_loop, work)


@pytest.mark.parametrize("new_loop", LOOPS)
def test_several_loops_in_several_threads_with_clients_of_their_own(
    engine: Engine, box: str, image: str, new_loop: NewLoop
) -> None:
    async def work() -> None:
        async with engine.connect() as client:
            await converse(client, box, image)

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(run, new_loop, work) for _ in range(4)]:
            done.result(timeout=DEADLINE)
    asyncio.run(assert_nothing_open())


def test_several_loops_in_several_threads_with_one_client(engine: Engine, box: str) -> None:
    client = engine.connect()
    together = threading.Barrier(4, timeout=DEADLINE)

    async def work() -> None:
        together.wait()
        results = await asyncio.gather(*(client.exec_container(box, ["echo", str(i)]) for i in range(20)))
        assert results == [f"{i}\n" for i in range(20)]

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(asyncio.run, work()) for _ in range(4)]:
            done.result(timeout=DEADLINE)
    asyncio.run(client.aclose())
    asyncio.run(assert_nothing_open())


def test_one_client_in_one_loop_after_the_other(engine: Engine, box: str) -> None:
    client = engine.connect()
    for i in range(5):
        assert asyncio.run(client.exec_container(box, ["echo", str(i)])) == f"{i}\n"
    asyncio.run(client.aclose())
    asyncio.run(assert_nothing_open())


def test_many_loops_leave_nothing(engine: Engine) -> None:
    async def work() -> None:
        async with engine.connect() as client:
            await client.ping()

    asyncio.run(work())
    before = asyncio.run(stats())
    for _ in range(30):
        asyncio.run(work())
    wanted = {"goroutines": before["goroutines"] + 2, "open_fds": before["open_fds"] + 1}
    after = asyncio.run(settled(wanted))
    assert all(after[key] <= most for key, most in wanted.items()), (before, after)
    asyncio.run(assert_nothing_open())


def test_a_loop_that_ends_with_work_under_way(engine: Engine, box: str) -> None:
    """asyncio.run cancels what is left: the process in the container ends too."""
    client = engine.connect()
    started: list[ContainerProcess] = []
    ends: list[object] = []

    async def work() -> None:
        process = await client.start_exec(box, ["sleep", "31113"])
        started.append(process)
        asyncio.ensure_future(client.exec_container(box, ["sleep", "31113"])).add_done_callback(ends.append)
        await asyncio.sleep(0.3)

    asyncio.run(work())

    async def later() -> None:
        with pytest.raises(ClientClosed):
            await started[0].wait()
        await client.aclose()
        await assert_nothing_open()

    asyncio.run(later())
    top = engine.api_get(f"/containers/{box}/top")["Processes"]
    assert not [row for row in top if "31113" in row[-1]]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:coroutine method .aclose.:RuntimeWarning")
def test_a_loop_that_is_dropped_without_being_closed(engine: Engine) -> None:
    def drop() -> None:
        loop = asyncio.new_event_loop()
        client = engine.connect()
        loop.run_until_complete(client.ping())
        loop.run_until_complete(client.aclose())
        loop.run_until_complete(engine.connect().ping())

    drop()
    gc.collect()
    asyncio.run(assert_nothing_open())


def test_a_loop_that_is_closed_without_more_ado(engine: Engine) -> None:
    loop = asyncio.new_event_loop()
    client = engine.connect()
    loop.run_until_complete(client.ping())
    loop.close()
    asyncio.run(client.aclose())
    gc.collect()
    asyncio.run(assert_nothing_open())


@pytest.mark.parametrize("round_", range(5))
async def test_a_loop_for_each_test(engine: Engine, round_: int) -> None:
    """pytest-asyncio makes a loop for each test; nothing of the last one is left."""
    await assert_nothing_open()
    async with engine.connect() as client:
        await client.ping()
    await assert_nothing_open()
