"""The engine is stopped, killed or restarted while clients are at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from ml_nexus_go import (
    CommandFailed,
    ConnectionLost,
    ContainerNotRunning,
    DockerClient,
    DockerError,
    EngineUnreachable,
)

from .support.bed import CONNECTIONS, Engine
from .support.leaks import assert_nothing_open
from .support.names import Names
from .support.victim import do, victim
from .support.wait import DEADLINE, until

IMAGE = "mlng-busybox"


@pytest.fixture
def lone(testbed: None) -> Iterator[Engine]:
    with victim() as engine:
        yield engine


@pytest.fixture
def its_name(lone: Engine) -> Iterator[Names]:
    names = Names(lone)
    yield names
    names.clean()


@pytest.fixture
async def its_client(lone: Engine, its_name: Names) -> AsyncIterator[DockerClient]:
    """A client whose calls wait for a lost engine only for a moment, not for a minute."""
    async with lone.connect(reconnect_timeout=2) as client:
        yield client
    await assert_nothing_open()


async def test_an_engine_that_is_restarted_between_calls(its_client: DockerClient, its_name: Names) -> None:
    mine = its_name()
    await its_client.run_container(IMAGE, ["sleep", "3600"], ["-d", "--restart", "always", "--name", mine])
    assert await its_client.exec_container(mine, ["echo", "before"]) == "before\n"
    await do("restart")
    await until(lambda: its_client.container_is_running(mine), "the engine's restart of the container")
    assert await its_client.exec_container(mine, ["echo", "after"]) == "after\n"
    assert mine in await its_client.list_containers()


async def test_an_engine_that_is_stopped(its_client: DockerClient, lone: Engine) -> None:
    await its_client.ping()
    await do("stop")
    with pytest.raises(EngineUnreachable, match="start the engine"):
        await its_client.ping()
    async with lone.connect() as other:
        with pytest.raises(EngineUnreachable):
            await other.list_containers()
    await do("start")
    await its_client.ping()


@pytest.mark.parametrize("connection", CONNECTIONS)
async def test_calls_that_begin_while_the_engine_is_stopped(lone: Engine, its_name: Names, connection: str) -> None:
    mine = its_name()
    async with Engine(lone.name, connection).connect() as client:
        await client.ping()
        await do("stop")
        run = client.run_container(IMAGE, ["echo", "done"], ["--rm", "--name", mine])
        calls = [asyncio.ensure_future(call) for call in (run, client.list_containers(), client.ping())]
        early, _ = await asyncio.wait(calls, timeout=1)
        await do("start")
        assert not early
        assert (await asyncio.wait_for(asyncio.gather(*calls), DEADLINE))[0] == "done\n"


@pytest.mark.parametrize("action", ["stop", "kill"])
async def test_a_run_and_an_exec_under_way(its_client: DockerClient, its_name: Names, action: str) -> None:
    mine, box = its_name(), its_name()
    await its_client.run_container(IMAGE, ["sleep", "3600"], ["-d", "--name", box])
    script = "echo ready; sleep 3600"
    run = await its_client.start_run(IMAGE, script, ["--name", mine], shell=True)
    execution = await its_client.start_exec(box, script, shell=True)
    collected = asyncio.ensure_future(its_client.exec_container(box, script, shell=True))
    log = asyncio.ensure_future(anext(its_client.container_logs(box, follow=True)))
    waiting = asyncio.ensure_future(its_client.wait_container(box))
    for process in (run, execution):
        assert await process.stdout.readline() == b"ready\n"
    await do(action)
    ends = await asyncio.wait_for(
        asyncio.gather(run.wait(), execution.wait(), collected, log, waiting, return_exceptions=True), 120
    )
    # With stop the engine ends the containers first, so that some see their real end.
    real_ends = (137, 143) if action == "stop" else ()
    for end in ends:
        fine = (ConnectionLost, EngineUnreachable, ContainerNotRunning, StopAsyncIteration)
        exit_code = end.exit_code if isinstance(end, CommandFailed) else end
        assert isinstance(end, fine) or exit_code in real_ends, (action, ends)
    assert any(isinstance(end, DockerError) for end in ends)
    await do("start")
    await its_client.ping()
