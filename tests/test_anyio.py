"""Cancelling repeatedly, as anyio's scopes do: the work has ended when the scope has."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from ml_nexus_go import DockerClient

from .conftest import Connect
from .support.bed import Engine
from .support.leaks import assert_nothing_open, stats
from .support.names import Names
from .support.program import environment
from .support.scopes import (
    WAYS,
    Started,
    Way,
    cancel_scope,
    cancelled_at_each_turn_of_the_loop,
    native_cancel_in_a_scope,
)
from .support.wait import DEADLINE

pytestmark = pytest.mark.by_turns

TREE = "sleep 31114 & echo ready; sleep 31114"


def sleepers(engine: Engine, container: str) -> list[str]:
    rows = engine.api_get(f"/containers/{container}/top")["Processes"]
    return [row[-1] for row in rows if "31114" in row[-1]]


def exists(engine: Engine, name: str) -> bool:
    """Return whether it exists, by asking the engine itself at once."""
    return bool(engine.docker("ps", "-aq", "--filter", f"name={name}").stdout)


ways = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
some_ways = pytest.mark.parametrize(
    "way", [cancelled_at_each_turn_of_the_loop, cancel_scope, native_cancel_in_a_scope], ids=lambda way: way.__name__
)


@ways
async def test_an_exec_has_ended(client: DockerClient, engine: Engine, box: str, way: Way) -> None:
    started = Started()
    await way(lambda: client.exec_container(box, TREE, shell=True, on_stdout=started), started)
    assert sleepers(engine, box) == []


@ways
async def test_a_run_has_ended_and_is_removed(
    client: DockerClient, engine: Engine, image: str, name: Names, way: Way
) -> None:
    mine, started = name(), Started()
    options = ["--rm", "--name", mine]
    await way(lambda: client.run_container(image, TREE, options, shell=True, on_stdout=started), started)
    assert not exists(engine, mine)


@some_ways
async def test_processes_of_a_block_have_ended(
    client: DockerClient, engine: Engine, image: str, box: str, name: Names, way: Way
) -> None:
    mine, started = name(), Started()

    async def work() -> None:
        async with await client.start_run(image, ["sleep", "31114"], ["--rm", "--name", mine]):
            async with await client.start_exec(box, TREE, shell=True) as process:
                started(await process.stdout.readline())
                await process.wait()

    await way(work, started)
    assert sleepers(engine, box) == []
    assert not exists(engine, mine)


@ways
async def test_what_a_client_has_under_way_has_ended_when_its_block_has(
    engine: Engine, image: str, box: str, name: Names, way: Way
) -> None:
    """aclose is cancelled as well."""
    before = await stats()
    mine, started = name(), Started()

    async def work() -> None:
        async with engine.connect() as other:
            await other.start_run(image, ["sleep", "31114"], ["--rm", "--name", mine])
            process = await other.start_exec(box, TREE, shell=True)
            started(await process.stdout.readline())
            await process.wait()

    await way(work, started)
    assert sleepers(engine, box) == []
    assert not exists(engine, mine)
    counted = await stats()
    assert (counted["clients"], counted["operations"]) == (before["clients"], 1)
    await assert_nothing_open(before)


@some_ways
async def test_input_is_closed_and_its_process_has_ended(
    client: DockerClient, engine: Engine, box: str, way: Way
) -> None:
    started, closed = Started(), asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"ready\n"
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)  # a file of the user's that takes its time to close
            closed.set()

    command = "sleep 31114 & cat"
    await way(lambda: client.exec_container(box, command, shell=True, stdin=parts(), on_stdout=started), started)
    assert closed.is_set()
    assert sleepers(engine, box) == []


@some_ways
async def test_reading_a_log_has_ended(client: DockerClient, image: str, name: Names, way: Way) -> None:
    mine, started = name(), Started()
    await client.run_container(image, "echo ready; sleep 3600", ["-d", "--name", mine], shell=True)

    async def work() -> None:
        async with contextlib.aclosing(client.container_logs(mine, follow=True)) as lines:
            async for _ in lines:
                started()

    await way(work, started)
    assert (await stats())["operations"] == 1


async def test_many_in_one_scope(client: DockerClient, engine: Engine, image: str, box: str, name: Names) -> None:
    names = [name() for _ in range(4)]
    started = [Started() for _ in range(8)]
    all_started = Started()

    async def work() -> None:
        async with anyio.create_task_group() as group:
            for one, mine in zip(started[:4], names, strict=True):
                group.start_soon(run, mine, one)
            for one in started[4:]:
                group.start_soon(execute, one)
            for one in started:
                await one.wait()
            all_started()

    async def run(mine: str, one: Started) -> None:
        await client.run_container(image, TREE, ["--rm", "--name", mine], shell=True, on_stdout=one)

    async def execute(one: Started) -> None:
        await client.exec_container(box, TREE, shell=True, on_stdout=one)

    await cancel_scope(work, all_started)
    assert sleepers(engine, box) == []
    assert [mine for mine in names if exists(engine, mine)] == []


async def test_waiting_in_a_cancelled_scope_does_not_spin(
    client: DockerClient, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """anyio cancels at each turn of the loop, unless it is told that the task is shielded."""
    waits, wait = 0, asyncio.wait

    async def counted(*args: Any, **keywords: Any) -> Any:
        nonlocal waits
        waits += 1
        return await wait(*args, **keywords)

    monkeypatch.setattr(asyncio, "wait", counted)
    started = Started()
    await cancel_scope(lambda: client.exec_container(box, TREE, shell=True, on_stdout=started), started)
    assert 0 < waits < 10


async def test_a_scope_that_was_cancelled_before(connect_to: Connect, engine: Engine, image: str, name: Names) -> None:
    mine, client = name(), connect_to()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await client.run_container(image, ["sleep", "31114"], ["--rm", "--name", mine])
    assert scope.cancelled_caught
    assert not exists(engine, mine)


@pytest.mark.parametrize("options", [{}, {"use_uvloop": True}], ids=["asyncio", "uvloop"])
def test_under_anyio_run(engine: Engine, image: str, name: Names, options: dict[str, Any]) -> None:
    mine = name()

    async def main() -> None:
        async with engine.connect() as client:
            started = Started()
            command = client.run_container(image, TREE, ["--rm", "--name", mine], shell=True, on_stdout=started)
            await cancel_scope(lambda: command, started)
            assert not exists(engine, mine)
            await client.start_run(image, TREE, ["--rm", "--name", mine], shell=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        anyio.run(main, backend_options=options)
    assert not exists(engine, mine)


@pytest.mark.connections("local")
def test_in_a_test_that_anyio_runs(engine: Engine, image: str, name: Names, tmp_path: Path) -> None:
    """Its plugin runs fixtures and tests in one task, and ends a failing test by a scope."""
    mine = name()
    (tmp_path / "test_it.py").write_text(
        textwrap.dedent(
            f"""
            import anyio, pytest
            from ml_nexus_go import connect

            @pytest.fixture
            def anyio_backend():
                return "asyncio"

            @pytest.fixture
            async def client():
                async with connect({engine.target!r}) as client:
                    yield client

            @pytest.fixture
            async def process(client):
                options = ["--rm", "--name", {mine!r}]
                async with await client.start_run({image!r}, ["sleep", "31114"], options) as process:
                    yield process

            @pytest.mark.anyio
            async def test_it(client, process):
                with anyio.move_on_after(0.2) as scope:
                    async with anyio.create_task_group() as group:
                        for _ in range(3):
                            group.start_soon(client.exec_container, {mine!r}, ["sleep", "31114"])
                        await process.wait()
                assert scope.cancelled_caught
                top = await client.exec_container({mine!r}, ["ps"])
                assert top.count("sleep 31114") == 1
            """
        )
    )
    argv = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "anyio.pytest_plugin", str(tmp_path)]
    done = subprocess.run(
        argv,
        env={**environment(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert not exists(engine, mine)
