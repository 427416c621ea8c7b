"""Files on a host that is reached through its engine alone, against ``docker cp``.

Today's way is ``docker cp`` into (or out of) a container that has the host's folder mounted; for "with its
container" that container is also created and removed.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ml_nexus_go import connect

from . import operations as do
from .kit import IMAGE, Kit, local_place, open_kit
from .line import OURS, TODAY, Group, speed


@asynccontextmanager
async def engine_kit() -> AsyncIterator[Kit]:
    """Open contenders on the engine's own socket; ours may not use this machine's files."""
    place = local_place()
    async with open_kit(place, connect(place.url, host_files="engine")) as kit:
        yield kit


@asynccontextmanager
async def _file(kit: Kit) -> AsyncIterator[None]:
    """A file of 300 MB, an empty folder, and a container that has the folder."""
    path = await asyncio.to_thread(do.big_file, kit)
    await _empty(kit)
    await kit.today("create", "--name", _box(kit), "-v", f"{kit.folder}/host:/host", IMAGE)
    try:
        yield
    finally:
        await kit.today("rm", "-f", _box(kit))
        path.unlink()


@asynccontextmanager
async def _tree(kit: Kit) -> AsyncIterator[None]:
    """10,000 files of 1 KB."""
    top = await asyncio.to_thread(do.many_files, kit)
    await _empty(kit)
    try:
        yield
    finally:
        shutil.rmtree(top)


async def _empty(kit: Kit) -> None:
    shutil.rmtree(kit.folder / "host", ignore_errors=True)
    (kit.folder / "host").mkdir()


def _box(kit: Kit) -> str:
    return f"{kit.box}-files"


async def _upload(kit: Kit) -> None:
    await kit.ours.upload_to_host(kit.folder / "big", kit.folder / "host" / "big")


async def _copy_in(kit: Kit) -> None:
    await kit.today("cp", "-q", str(kit.folder / "big"), f"{_box(kit)}:/host/big")


async def _with_container(kit: Kit) -> None:
    name = f"{_box(kit)}-2"
    await kit.today("create", "--name", name, "-v", f"{kit.folder}/host:/host", IMAGE)
    await kit.today("cp", "-q", str(kit.folder / "big"), f"{name}:/host/big")
    await kit.today("rm", name)


async def _download(kit: Kit) -> None:
    await kit.ours.download_from_host(kit.folder / "host" / "source", kit.folder / "host" / "back")


async def _copy_out(kit: Kit) -> None:
    await kit.today("cp", "-q", f"{_box(kit)}:/host/source", str(kit.folder / "host" / "back"))


@asynccontextmanager
async def _there(kit: Kit) -> AsyncIterator[None]:
    async with _file(kit):
        await asyncio.to_thread(shutil.copyfile, kit.folder / "big", kit.folder / "host" / "source")
        yield


async def _forget(kit: Kit) -> None:
    (kit.folder / "host" / "back").unlink(missing_ok=True)


async def _sync(kit: Kit) -> None:
    await kit.ours.sync_to_host(kit.folder / "many", kit.folder / "host" / "many", delete=True)


files = Group("files, engine", engine_kit)
GROUPS = [files]

files.line("upload 300 MB", {OURS: _upload, TODAY: _copy_in}, rounds=9, amount=(do.MEGABYTES, "MB"),
           targets=(speed(0.7, TODAY),), around=_file, after=_empty)  # fmt: skip
files.line("upload 300 MB, with its container", {OURS: _upload, TODAY: _with_container}, rounds=9,
           amount=(do.MEGABYTES, "MB"), targets=(speed(0.7, TODAY),), around=_file, after=_empty)  # fmt: skip
files.line("download 300 MB", {OURS: _download, TODAY: _copy_out}, rounds=9, amount=(do.MEGABYTES, "MB"),
           around=_there, after=_forget)  # fmt: skip
files.line("sync 10,000 files, first", {OURS: _sync}, rounds=5, around=_tree, after=_empty)
files.line("sync 10,000 files, nothing changed", {OURS: _sync}, rounds=5, around=_tree)
