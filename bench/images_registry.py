"""Push and pull a large image. The other contender is docker's own command, on the same engine and registry."""

from __future__ import annotations

import asyncio
import tarfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from testbed import load_state

from . import operations as do
from .kit import Kit, local_kit
from .line import OURS, TODAY, Group, at_most


def _image() -> str:
    return f"{load_state()['registry']['address']}/mlng-bench-image:latest"


async def _ours_push(kit: Kit) -> None:
    await kit.ours.push_image(_image())


async def _today_push(kit: Kit) -> None:
    await kit.today("push", "--quiet", _image())


async def _ours_pull(kit: Kit) -> None:
    assert not (await kit.ours.pull_image(_image())).up_to_date


async def _today_pull(kit: Kit) -> None:
    await kit.today("pull", "--quiet", _image())


def _archive(kit: Kit) -> None:
    """Write a root file system with a large file that no registry has."""
    content = do.big_file(kit)
    with tarfile.open(kit.folder / "image.tar", "w") as tar:
        tar.add(content, uuid.uuid4().hex)
    content.unlink()


async def _new_image(kit: Kit) -> None:
    """Change the image, so that it has to be pushed whole."""
    await asyncio.to_thread(_archive, kit)
    await _remove(kit)
    await kit.today("import", str(kit.folder / "image.tar"), _image())


async def _remove(kit: Kit) -> None:
    if await kit.ours.image_exists(_image()):
        await kit.ours.remove_image(_image(), force=True)


@asynccontextmanager
async def _to_push(kit: Kit) -> AsyncIterator[None]:
    await _new_image(kit)
    try:
        yield
    finally:
        await _remove(kit)
        (kit.folder / "image.tar").unlink()


@asynccontextmanager
async def _to_pull(kit: Kit) -> AsyncIterator[None]:
    async with _to_push(kit):
        await _ours_push(kit)
        await _remove(kit)
        yield


group = Group("images and a registry, local", local_kit)
GROUPS = [group]

group.line("push an image of 300 MB", {OURS: _ours_push, TODAY: _today_push}, rounds=4,
           amount=(do.MEGABYTES, "MB"), around=_to_push, after=_new_image, targets=(at_most(1.05, TODAY),))  # fmt: skip
group.line("pull an image of 300 MB", {OURS: _ours_pull, TODAY: _today_pull}, rounds=4,
           amount=(do.MEGABYTES, "MB"), around=_to_pull, after=_remove, targets=(at_most(1.05, TODAY),))  # fmt: skip
