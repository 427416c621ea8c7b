"""The contenders, connected, with a container to work on."""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ml_nexus_go import DockerClient, connect
from testbed import load_state

from .floor_client import Floor

IMAGE = "mlng-busybox"
ENGINE = "engine-new"


@dataclass(frozen=True)
class Place:
    """How each contender reaches the engine."""

    url: str  # docker-py, aiodocker, python-on-whales
    today: tuple[str, ...]  # words before docker's own
    socket: str  # the floor's
    ssh_config: str | None = None


@dataclass
class Kit:
    """Each contender's client. ``box`` is a running container, ``folder`` a temporary folder."""

    place: Place
    ours: DockerClient
    docker_py: Any
    aiodocker: Any
    whales: Any
    floor: Floor
    box: str
    folder: Path

    async def today(self, *words: str) -> bytes:
        """Run ``docker WORDS`` as today: a process for each operation."""
        return await command(*self.place.today, *words)

    @property
    def box_py(self) -> Any:
        """Return docker-py's container, without asking the engine."""
        return self.docker_py.containers.prepare_model({"Id": self.box})

    @property
    def box_aio(self) -> Any:
        """Return aiodocker's container, without asking the engine."""
        return self.aiodocker.containers.container(self.box)


async def command(*words: str, env: dict[str, str] | None = None) -> bytes:
    """Run a process to its end and return its output."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, stdout=pipe, stderr=pipe, env=env)
    out, error = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)[:200]} ended with {process.returncode}: {error.decode()[-500:]}")
    return out


def docker_command() -> str:
    """The testbed's docker command."""
    return str(load_state()["docker-cli"]["path"])


def local_place() -> Place:
    """The engine's own socket."""
    engine = load_state()[ENGINE]
    return Place(engine["host"], (docker_command(), "-H", engine["host"]), engine["socket"])


@asynccontextmanager
async def local_kit() -> AsyncIterator[Kit]:
    """Contenders on the engine's own socket."""
    place = local_place()
    async with open_kit(place, connect(place.url)) as kit:
        yield kit


@asynccontextmanager
async def open_kit(place: Place, ours: DockerClient) -> AsyncIterator[Kit]:
    """Connect all contenders and start the container."""
    import aiodocker  # noqa: PLC0415  (they set up logging and read the environment)
    import docker  # noqa: PLC0415
    from python_on_whales import DockerClient as Whales  # noqa: PLC0415

    for name in ("asyncssh", "paramiko", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.ERROR)
    box = f"mlng-bench-{uuid.uuid4().hex[:12]}"
    with TemporaryDirectory(prefix="mlng-bench-") as folder:
        async with ours, aiodocker.Docker(place.url) as aio, Floor(place.socket) as floor:
            kit = Kit(
                place,
                ours,
                await asyncio.to_thread(docker.DockerClient, base_url=place.url, timeout=300, max_pool_size=256),
                aio,
                Whales(client_call=[docker_command(), "-H", place.url]),
                floor,
                box,
                Path(folder),
            )
            try:
                await ours.run_container(IMAGE, ["sleep", "1000000"], ["-d", "--init", "--name", box])
                yield kit
            finally:
                await ours.remove_container(box, force=True)
                kit.docker_py.close()


def repository() -> Path:
    """The repository's root."""
    return Path(os.path.dirname(os.path.abspath(__file__))).parent
