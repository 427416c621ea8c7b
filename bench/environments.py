"""Environments of ml_nexus: scripts in a persistent container, on a remote host.

"today" is what ml_nexus runs: ssh, rsync and docker processes, one after the other.
"""

from __future__ import annotations

import asyncio
import base64
import shlex
import shutil
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ml_nexus_go.environments import (
    DirectMountRequest,
    DockerHostMounter,
    DockerHostPlacement,
    PersistentDockerEnvFromSchematics,
)
from ml_nexus_go.environments._runner import by_stdin

from .hosts import ALIAS, SSH, remote_kit
from .kit import Kit, command, local_kit
from .line import OURS, TODAY, Group, limit, speed

IMAGE = "mlng-debian"
FILES = 200
MOUNTED = Path("/source")
SCRIPT = "true"


class _Builder:
    """Builds nothing: the lines of builds measure what a build costs."""

    scripts: tuple[str, ...] = ()

    def add_macro(self, macro: object) -> _Builder:
        return self

    async def a_build(self, tag: str, use_cache: bool = True) -> str:
        return IMAGE


def _project() -> Any:
    return SimpleNamespace(
        dirs=[SimpleNamespace(id="bench")],
        placement=SimpleNamespace(resources_root=Path("/resources")),
        yield_project_dirs=lambda: (),
    )


@dataclass
class _World:
    """A container for each contender, with the same folder in it."""

    kit: Kit
    source: Path
    there: Path  # on the host
    name: str

    def environment(self, name: str) -> PersistentDockerEnvFromSchematics:
        requests = [DirectMountRequest(self.source, MOUNTED)] if self.kit.place.ssh_config else []
        places = (self.there / kind for kind in ("cache", "resources", "sources", "direct"))
        new = partial(
            _from_schematics,
            placement=DockerHostPlacement(*places),
            mounter=DockerHostMounter(host_resource_root=self.there),
        )
        return PersistentDockerEnvFromSchematics(
            _new_DockerEnvFromSchematics=new,
            project=_project(),
            schematics=SimpleNamespace(builder=_Builder(), mount_requests=requests),
            docker_client=self.kit.ours,
            container_name=name,
            gpus=None,
        )

    async def today_mounts(self) -> None:
        config = self.kit.place.ssh_config
        folder = self.there / "today"
        await command(SSH, "-F", str(config), ALIAS, f"mkdir -p {folder}")
        await command("rsync", "-avH", "-e", f"{SSH} -F {config}", f"{self.source}/", f"{ALIAS}:{folder}/")

    async def today_script(self, name: str) -> None:
        await self.today_mounts()
        encoded = base64.b64encode(SCRIPT.encode()).decode()
        program = f"echo {encoded} | base64 -d | bash"
        await self.kit.today("exec", name, "bash", "-c", shlex.quote(program))

    async def today_running(self, name: str) -> bool:
        return name in (await self.kit.today("ps", "--format", "'{{.Names}}'")).decode().split()

    async def today_ensure(self, name: str) -> None:
        if not await self.today_running(name):
            await self.today_mounts()
            mount = f"{self.there / 'today'}:{MOUNTED}"
            await self.kit.today(
                "run", "-d", "--rm", "--net=host", "--name", name, "-v", mount, IMAGE, "sleep", "infinity"
            )
        while not await self.today_running(name):  # noqa: ASYNC110 - it polled
            await asyncio.sleep(1)
        await self.today_mounts()

    async def remove(self, *names: str) -> None:
        for name in names:
            if await self.kit.ours.container_exists(name):
                await self.kit.ours.remove_container(name, force=True)


def _from_schematics(placement: DockerHostPlacement, mounter: DockerHostMounter, **fields: Any) -> Any:
    from ml_nexus_go.environments import DockerEnvFromSchematics, DockerHostEnvironment  # noqa: PLC0415

    new = partial(DockerHostEnvironment, image_tag=IMAGE, mounter=mounter)
    return DockerEnvFromSchematics(_new_DockerHostEnvironment=new, placement=placement, **fields)


_world: _World


@asynccontextmanager
async def _running(kit: Kit, containers: bool = True) -> AsyncIterator[None]:
    """Make a folder to upload to the host, and start both containers."""
    global _world
    source = kit.folder / "source"
    source.mkdir()
    for number in range(FILES):
        (source / f"{number:03}.py").write_text(f"number = {number}\n" * 20)
    name = f"{kit.box}-env"
    _world = _World(kit, source, Path(f"/tmp/mlng-bench-{uuid.uuid4().hex[:8]}"), name)
    try:
        if containers:
            await _ours_ensure(kit)
            if kit.place.ssh_config:
                await _world.today_ensure(f"{name}-today")
        yield
    finally:
        await _world.remove(name, f"{name}-today")
        shutil.rmtree(source)
        shutil.rmtree(_world.there, ignore_errors=True)  # the host is this machine


async def _ours_ensure(kit: Kit) -> None:
    await _world.environment(_world.name).ensure_container()


async def _today_ensure(kit: Kit) -> None:
    await _world.today_ensure(f"{_world.name}-today")


async def _nothing_there(kit: Kit) -> None:
    await _world.remove(_world.name, f"{_world.name}-today")
    shutil.rmtree(_world.there, ignore_errors=True)


async def _ours_script(kit: Kit) -> float:
    environment = _world.environment(_world.name)
    began = time.perf_counter()
    await environment.run_script(SCRIPT)
    return time.perf_counter() - began


async def _today_script(kit: Kit) -> None:
    await _world.today_script(f"{_world.name}-today")


async def _ours_scripts(kit: Kit) -> None:
    environment = _world.environment(_world.name)
    await asyncio.gather(*(environment.run_script(SCRIPT) for _ in range(20)))


async def _today_scripts(kit: Kit) -> None:
    # ml_nexus lets three rsync run at once, and sshd refuses more than ten logins at once.
    places = asyncio.Semaphore(3)

    async def one() -> None:
        async with places:
            await _world.today_script(f"{_world.name}-today")

    await asyncio.gather(*(one() for _ in range(20)))


async def _overhead(kit: Kit) -> float:
    """Return the time of a script by the environment, minus that of the same by the client."""
    environment = _world.environment(_world.name)
    began = time.perf_counter()
    await environment.run_script(SCRIPT)
    between = time.perf_counter()
    await kit.ours.exec_container(_world.name, by_stdin(), stdin=b"\n\ntrue\n")
    return 2 * between - began - time.perf_counter()


far = Group("environments, 20 ms", partial(remote_kit, 20))
far.line("run_script, nothing changed", {OURS: _ours_script, TODAY: _today_script}, rounds=12,
         around=_running, targets=(speed(4.0, TODAY),))  # fmt: skip
far.line("first ensure_container", {OURS: _ours_ensure, TODAY: _today_ensure}, rounds=6,
         around=partial(_running, containers=False), after=_nothing_there, targets=(speed(2.0, TODAY),))  # fmt: skip
far.line("20 scripts at once", {OURS: _ours_scripts, TODAY: _today_scripts}, rounds=3,
         around=_running, amount=(20, "scripts"))  # fmt: skip
near = Group("environments, local", local_kit)
near.line("run_script less the client's exec", {OURS: _overhead}, rounds=40, around=_running,
          targets=(limit("< 5 ms", 0.005),))  # fmt: skip
GROUPS = [far, near]
