"""Build images: what is cached already, and a large context for the first time.

The other contender is docker's own buildx, on the same engine; over SSH it is today's way, rsync of the context to
the host and ``docker build`` there. Builds without a cached context use new files each time.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from ml_nexus_go import BuildResult
from testbed import load_state

from . import operations as do
from .hosts import ALIAS, SSH, remote_kit
from .kit import IMAGE, Kit, command, docker_command, local_kit
from .line import OURS, TODAY, Contender, Group, at_most, speed

STEPS = "".join(f"RUN echo {number} >/{number}\n" for number in range(4))
CACHED = f"FROM {IMAGE}\nCOPY . /all\n{STEPS}"
FIRST = f"FROM {IMAGE}\nCOPY . /all\n"
TAG = "mlng-bench-build"


async def _buildx(kit: Kit, folder: Path) -> None:
    environ = {**os.environ, "DOCKER_CONFIG": load_state()["docker-buildx"]["path"]}
    words = ("buildx", "build", "--provenance=false", "--progress", "quiet", "-t", TAG, str(folder))
    await command(docker_command(), "-H", kit.place.url, *words, env=environ)


async def _rsync_and_build(kit: Kit, folder: Path) -> None:
    config, there = kit.place.ssh_config, f"/tmp/{kit.box}-context"
    await command("rsync", "-a", "--delete", "-e", f"{SSH} -F {config}", f"{folder}/", f"{ALIAS}:{there}")
    plugin = load_state()["docker-buildx"]["path"]
    build = f"DOCKER_CONFIG={plugin} docker buildx build --provenance=false --progress quiet -t {TAG} {there}"
    await command(SSH, "-F", str(config), ALIAS, build)


async def _ours(kit: Kit, folder: Path) -> BuildResult:
    return await kit.ours.build_image(folder, TAG)


async def _ours_cached(kit: Kit) -> None:
    result = await _ours(kit, kit.folder / "many")
    assert result.cached_steps == 5, result.log


def _contenders(today: object, name: str) -> dict[str, Contender]:
    async def theirs(kit: Kit) -> None:
        await today(kit, kit.folder / name)  # type: ignore[operator]

    return {OURS: _ours_cached if name == "many" else _ours_first, TODAY: theirs}


@asynccontextmanager
async def _many(kit: Kit) -> AsyncIterator[None]:
    folder = await asyncio.to_thread(do.many_files, kit)
    (folder / "Dockerfile").write_text(CACHED)
    await _ours(kit, folder)
    try:
        yield
    finally:
        await _clean(kit, folder)


async def _ours_first(kit: Kit) -> None:
    result = await _ours(kit, kit.folder / "large")
    assert result.cached_steps == 0, result.log


@asynccontextmanager
async def _large(kit: Kit) -> AsyncIterator[None]:
    folder = kit.folder / "large"
    folder.mkdir()
    (folder / "Dockerfile").write_text(FIRST)
    await _new_content(kit)
    try:
        yield
    finally:
        await _clean(kit, folder)


async def _new_content(kit: Kit) -> None:
    """Change the large context, so that no builder has seen it."""
    folder = kit.folder / "large"
    for old in folder.glob("big-*"):
        old.unlink()
    path = await asyncio.to_thread(do.big_file, kit)
    path.rename(folder / f"big-{uuid.uuid4().hex}")


async def _clean(kit: Kit, folder: Path) -> None:
    shutil.rmtree(folder)
    await kit.ours.remove_image(TAG, force=True)
    if kit.place.ssh_config:
        await command(SSH, "-F", kit.place.ssh_config, ALIAS, "rm", "-rf", f"/tmp/{kit.box}-context")


near = Group("builds, local", local_kit)
far = Group("builds, 20 ms", partial(remote_kit, 20))
GROUPS = [near, far]

near.line("5 cached steps, 10,000 files", _contenders(_buildx, "many"), rounds=10, around=_many,
          targets=(at_most(1.1, TODAY),))  # fmt: skip
near.line("first build, 300 MB", _contenders(_buildx, "large"), rounds=4, amount=(do.MEGABYTES, "MB"), around=_large,
          after=_new_content, targets=(speed(1.0, TODAY),))  # fmt: skip
far.line("5 cached steps, 10,000 files", _contenders(_rsync_and_build, "many"), rounds=4, around=_many,
         targets=(at_most(0.5, TODAY),))  # fmt: skip
