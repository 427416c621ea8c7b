"""Files of the engine's host: sent, fetched, made equal, while the source changes and when it is quiet."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

from ml_nexus_go import SyncReport

from ..world import World, check, check_bytes


async def upload(world: World, token: str, chance: random.Random) -> None:
    """A file onto the host, and back."""
    data = chance.randbytes(chance.choice([10, 40_000, 2_000_000, 9_000_000]))
    source, there, back = (world.folder / f"{token}.{each}" for each in ("src", "there", "back"))
    source.write_bytes(data)
    await world.client.upload_to_host(source, there)
    check_bytes("the upload", there.read_bytes(), data)
    await world.client.download_from_host(there, back)
    check_bytes("the download", back.read_bytes(), data)
    await world.client.delete_on_host(there)
    check(not there.exists(), f"{there} is still there")
    source.unlink()
    back.unlink()


async def sync_to_host(world: World, token: str, chance: random.Random) -> None:
    """A local folder that changes, onto the host."""
    source, there = world.folder / f"{token}.src", world.folder / f"{token}.dst"
    await _syncs(source, there, lambda: world.client.sync_to_host(source, there, delete=True), chance)


async def sync_from_host(world: World, token: str, chance: random.Random) -> None:
    """A folder on the host that changes, to this machine."""
    source, here = world.folder / f"{token}.src", world.folder / f"{token}.dst"
    await _syncs(source, here, lambda: world.client.sync_from_host(source, here, delete=True), chance)


async def sync_from_container(world: World, token: str, chance: random.Random) -> None:
    """A folder in a container that changes, to this machine."""
    source, here = world.folder / f"{token}.src", world.folder / f"{token}.dst"

    def sync() -> Awaitable[SyncReport]:
        return world.client.sync_from_container(world.box, f"/shared/{source.name}", here, delete=True)

    await _syncs(source, here, sync, chance)


async def _syncs(source: Path, there: Path, sync: Callable[[], Awaitable[SyncReport]], chance: random.Random) -> None:
    await asyncio.to_thread(source.mkdir)
    seen: dict[Path, set[bytes]] = {}
    for _ in range(2):
        _change(source, chance, seen)
        moving = asyncio.create_task(_keep_changing(source, chance, seen)) if chance.random() < 0.5 else None
        try:
            await sync()
        finally:
            if moving is not None:
                moving.cancel()
                await asyncio.wait([moving])
        for path, data in _files(there).items():
            check(data in seen[path], f"{path} is none of the {len(seen[path])} files that the source had there")
        if moving is not None:
            await sync()
        wanted, got = _files(source), _files(there)
        check(set(got) == set(wanted), f"files {sorted(map(str, set(got) ^ set(wanted)))} are on one side only")
        for path, data in wanted.items():
            check_bytes(str(path), got[path], data)


def _files(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _change(folder: Path, chance: random.Random, seen: dict[Path, set[bytes]], most: int = 60) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and chance.random() < 0.2:
            path.unlink()
    for _ in range(chance.randrange(1, most)):
        path = folder / f"d{chance.randrange(4)}" / f"f{chance.randrange(80)}"
        path.parent.mkdir(exist_ok=True)
        data = chance.randbytes(chance.choice([0, 10, 5000, 200_000]))
        seen.setdefault(path.relative_to(folder), set()).add(data)
        new = folder.with_suffix(".new")  # each file of the source is whole at each moment
        new.write_bytes(data)
        os.replace(new, path)


async def _keep_changing(folder: Path, chance: random.Random, seen: dict[Path, set[bytes]]) -> None:
    while True:
        _change(folder, chance, seen, most=3)
        await asyncio.sleep(0.05)
