"""Many operations, concurrent and in sequence: all succeed, and nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import DockerClient, DockerError, EngineError

from .support.bed import Engine
from .support.leaks import assert_nothing_open, settled, stats
from .support.names import Names

# How many more goroutines and file descriptors are noise, idle connections for example.
SLACK = 40

# A thousand processes take two cores minutes, and a busy 20.10 notices their ends minutes later.
pytestmark = [pytest.mark.by_turns, pytest.mark.timeout(1800)]


async def test_a_thousand_execs_at_once(client: DockerClient, engine: Engine, box: str) -> None:
    before = await stats()
    most = 0
    lost: list[int] = []

    def running() -> int:
        """Return how many execs the engine says run, each with a connection: a busy one is slow to notice ends."""
        return len(engine.api_get(f"/containers/{box}/json")["ExecIDs"] or [])

    async def one(i: int) -> str:
        nonlocal most
        try:
            result: str = await client.exec_container(box, ["echo", str(i)])
        except EngineError as error:
            # containerd before 1.6.25 misses ends of processes, more of them the busier it is: the error says so.
            if error.details.get("reason") != "end_lost" or engine.api > (1, 41):
                raise
            lost.append(i)
            result = f"{i}\n"
        if i % 50 == 0:
            most = max(most, -running() + (await stats())["open_fds"])
        return result

    results = await asyncio.gather(*(one(i) for i in range(1000)))
    assert results == [f"{i}\n" for i in range(1000)]
    assert len(lost) <= running(), "the engine came to know ends that were called lost"
    assert most - before["open_fds"] < 500, "connections are not bounded"


def mixture(client: DockerClient, image: str, box: str, tmp_path: Path) -> list[Callable[[], Awaitable[Any]]]:
    """Operations that succeed, fail, are cancelled and run out of time."""

    async def cancelled() -> None:
        await asyncio.wait_for(client.exec_container(box, ["sleep", "3600"]), random.uniform(0.01, 0.2))

    async def cancelled_run() -> None:
        await asyncio.wait_for(client.run_container(image, ["sleep", "3600"], ["--rm"]), random.uniform(0.05, 0.5))

    async def streamed() -> None:
        process = await client.start_exec(box, ["cat"], ["-i"])
        assert await process.communicate(b"x" * 100_000) == (b"x" * 100_000, b"")

    async def left() -> None:
        async with await client.start_exec(box, ["yes"]):
            pass

    async def log() -> None:
        async with contextlib.aclosing(client.container_logs(box, follow=True)) as lines:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(anext(lines), 0.05)

    return [
        lambda: client.exec_container(box, ["true"]),
        lambda: client.exec_container(box, ["false"]),
        lambda: client.exec_container(box, ["no-such"]),
        lambda: client.exec_container(box, ["cat"], stdin=b"y" * 500_000),
        lambda: client.exec_container("mlng-no-such", ["true"]),
        lambda: client.exec_container(box, "echo 'a"),
        client.list_containers,
        lambda: client.container_exists(box),
        lambda: client.inspect_container(box),
        lambda: client.copy_to_container(__file__, box, f"/tmp/{random.random()}"),
        lambda: client.copy_from_container(box, "/etc/passwd", tmp_path / str(random.random())),
        lambda: client.copy_from_container(box, "/etc/none", tmp_path / "none"),
        lambda: client.image_exists(image),
        client.ping,
        lambda: client.wait_until_running("mlng-no-such", 0.05),
        cancelled,
        streamed,
        left,
        log,
        cancelled_run,
    ]


async def test_after_a_thousand_mixed_operations_nothing_is_left(
    client: DockerClient, engine: Engine, image: str, container: str, name: Names, tmp_path: Path
) -> None:
    kinds = mixture(client, image, container, tmp_path)
    session = client._request["session"]  # type: ignore[attr-defined]
    places = asyncio.Semaphore(12)
    unexpected: list[BaseException] = []

    async def one(i: int) -> None:
        async with places:
            try:
                await kinds[i % len(kinds)]()
            except (DockerError, asyncio.TimeoutError, StopAsyncIteration):
                pass
            except Exception as error:
                unexpected.append(error)

    await asyncio.gather(*(one(i) for i in range(2 * len(kinds))))  # warm up: connections, caches
    before = await settled({"operations": 1})
    await asyncio.gather(*(one(i) for i in range(1000)))
    assert unexpected == []
    wanted = {"operations": 1, "clients": 1, "queues": 1}
    wanted |= {key: before[key] + SLACK for key in ("goroutines", "open_fds")}
    counted = await settled(wanted)
    assert not {key: counted[key] for key, most in wanted.items() if counted[key] > most}, (before, counted)
    left = engine.api_get(f"/containers/{container}/top")["Processes"]
    assert [row[-1] for row in left] == ["sleep 3600"]
    labelled = engine.labelled(f"ml-nexus-go.session={session}")
    assert labelled == [(await client.inspect_container(container))["Id"]]
    await client.aclose()
    await assert_nothing_open(goroutines=before["goroutines"])


@pytest.mark.slow
async def test_a_hundred_thousand_small_calls(client: DockerClient, box: str) -> None:
    for _ in range(100):
        assert all(await asyncio.gather(*(client.container_exists(box) for _ in range(1000))))
