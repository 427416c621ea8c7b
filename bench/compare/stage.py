"""Two hosts, each client connected to both, and what tasks need there."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.kit import IMAGE, docker_command
from ml_nexus_go import RunOptions, connect
from testbed import load_state

HOST, OTHER_HOST = "engine-new", "engine-gpu"

# Does the task with the client that is being tested; takes what follows the client.
Run = Callable[..., Awaitable[Any]]


@dataclass
class Clients:
    """Each client of one engine."""

    ours: Any
    docker_py: Any
    aiodocker: Any
    whales: Any


@dataclass
class Stage:
    """Where a task is done, by the client ``who``."""

    host: Clients
    other: Clients
    folder: Path
    who: str = "ours"
    image: str = IMAGE
    on_other: bool = False

    @property
    def clients(self) -> Clients:
        """The clients of the host where the task is done."""
        return self.other if self.on_other else self.host

    @property
    def other_client(self) -> Any:
        """The same client of the other host."""
        return getattr(self.other, self.who)

    @property
    def registry(self) -> dict[str, str]:
        """A registry that wants a password."""
        return load_state()["registry-auth"]

    def on_other_host(self) -> None:
        """Do the task on the other host."""
        self.on_other = True

    def name(self) -> str:
        """A name that nothing has."""
        return f"mlng-compare-{uuid.uuid4().hex[:12]}"

    @asynccontextmanager
    async def box(self, script: str = "exec sleep 3600", **options: Any) -> AsyncIterator[str]:
        """Run a container meanwhile, and yield its name."""
        name = self.name()
        chosen = RunOptions(detach=True, init=True, name=name, network="bridge", **options)
        await self.clients.ours.run_container(self.image, script, chosen, shell=True)
        try:
            yield name
        finally:
            await self.clients.ours.remove_container(name, force=True)

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a task's function; those of clients that block, in a thread."""
        client = getattr(self.clients, self.who)
        if asyncio.iscoroutinefunction(function):
            return await function(client, *arguments)
        return await asyncio.to_thread(function, client, *arguments)


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """Connect all clients to both engines."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="mlng-compare-")))
        _docker_settings(folder / "docker")
        engines = [await stack.enter_async_context(_clients(load_state()[name]["host"])) for name in (HOST, OTHER_HOST)]
        yield Stage(*engines, folder)


@asynccontextmanager
async def _clients(url: str) -> AsyncIterator[Clients]:
    import aiodocker  # noqa: PLC0415
    import docker  # noqa: PLC0415
    from python_on_whales import DockerClient as Whales  # noqa: PLC0415

    blocking = docker.DockerClient(base_url=url, timeout=60)
    async with connect(url) as ours, aiodocker.Docker(url) as aio:
        yield Clients(ours, blocking, aio, Whales(client_call=[docker_command(), "-H", url]))
    blocking.close()


def _docker_settings(folder: Path) -> None:
    """Let nobody read or change the settings of whoever runs this."""
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "cli-plugins").symlink_to(Path(load_state()["docker-buildx"]["path"]) / "cli-plugins")
    os.environ["DOCKER_CONFIG"] = str(folder)
