"""The long runs: what they do, until their time is up."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ml_nexus_go import CommandFailed, DockerClient
from tests.support.bed import Engine

IMAGE = "mlng-busybox"
Operation = Callable[[], Awaitable[object]]


@asynccontextmanager
async def box(client: DockerClient) -> AsyncIterator[str]:
    """Yield a running container, which is removed at the end."""
    name = f"mlng-long-{random.getrandbits(40):x}"
    await client.run_container(IMAGE, ["sh", "-c", "while sleep 1; do echo line; done"], ["-d", "--name", name])
    try:
        yield name
    finally:
        await client.remove_container(name, force=True)


def mixture(client: DockerClient, name: str, folder: Path) -> list[Operation]:
    """Operations as a program of some days does them, with some that fail, are cancelled or run out of time."""

    async def refused() -> None:
        with contextlib.suppress(CommandFailed):
            await client.exec_container(name, ["false"])

    async def cancelled() -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(client.exec_container(name, ["sleep", "60"]), random.uniform(0.05, 0.5))

    async def event() -> None:
        async with contextlib.aclosing(client.events()) as events:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(anext(events), 0.3)

    async def copies() -> None:
        await client.copy_to_container(__file__, name, "/tmp/copied")
        await client.copy_from_container(name, "/tmp/copied", folder / "copied")

    async def output() -> None:
        text = await client.exec_container(name, ["sh", "-c", "yes | head -c 2000000"])
        assert len(text) == 2_000_000

    async def run() -> None:
        assert await client.run_container(IMAGE, ["echo", "ran"], ["--rm"]) == "ran\n"

    return [
        lambda: client.exec_container(name, ["echo", "x"]),
        lambda: client.exec_container(name, ["cat"], stdin=b"x" * 500_000),
        lambda: client.containers(all=True),
        lambda: client.container(name),
        lambda: client.container_stats(name),
        client.images,
        refused, cancelled, event, copies, output, run,
    ]  # fmt: skip


class Counter:
    """How many operations were done."""

    def __init__(self) -> None:
        self.done = 0


async def together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do all of them at once. The first failure ends the others."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def steady(engine: Engine, end: float, counter: Counter, *, at_once: int = 4, pause: float = 0.0) -> None:
    """Do operations of all kinds, some at once, until ``end``."""
    with TemporaryDirectory() as folder:
        async with engine.connect() as client, box(client) as name:
            kinds = mixture(client, name, Path(folder))
            now = asyncio.get_running_loop().time

            async def work(first: int) -> None:
                turn = first
                while now() < end:
                    await kinds[turn % len(kinds)]()
                    counter.done += 1
                    turn += 1
                    await asyncio.sleep(pause)

            await together(work(3 * number) for number in range(at_once))


async def flight(engine: Engine, end: float, counter: Counter, *, at_once: int = 1000) -> None:
    """Keep ``at_once`` operations under way until ``end``, each for some time: a tenth of them execs, the
    others followed logs and events."""
    async with engine.connect() as client, box(client) as name:
        now = asyncio.get_running_loop().time

        async def process() -> None:
            text = str(random.random())
            command = ["sh", "-c", f"read text; sleep {random.randint(20, 60)}; echo $text"]
            assert await client.exec_container(name, command, stdin=f"{text}\n".encode()) == f"{text}\n"

        async def log() -> None:
            left = random.randint(20, 60)
            async with contextlib.aclosing(client.container_logs(name, follow=True, tail=1)) as lines:
                async for _ in lines:
                    left -= 1
                    if not left:
                        return

        async def events() -> None:
            async with contextlib.aclosing(client.events({"type": "image"})) as happened:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(anext(happened), random.randint(20, 60))

        async def work(kind: Callable[[], Awaitable[None]]) -> None:
            while now() < end:
                await kind()
                counter.done += 1

        kinds = [process, log, events, log, events, log, events, log, events, log]
        await together(work(kinds[number % len(kinds)]) for number in range(at_once))


async def hosts(hosts: Iterable[DockerClient], end: float, counter: Counter) -> None:
    """Keep a client for each host busy until ``end``."""
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(client) for client in hosts]
        for client in clients:  # one sshd stands for all hosts, and drops some of many logins at once
            await client.ping()
        name = await stack.enter_async_context(box(clients[0]))
        now = asyncio.get_running_loop().time

        async def work(client: DockerClient) -> None:
            while now() < end:
                assert await client.exec_container(name, ["echo", "x"]) == "x\n"
                await client.container(name)
                counter.done += 2

        await together(map(work, clients))
