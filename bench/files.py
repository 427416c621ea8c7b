"""Files on the host: syncs, against the real rsync (over ssh, as today)."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from .hosts import ALIAS, SSH, remote_kit
from .kit import Kit, command, local_kit
from .line import OURS, TODAY, Contender, Group, at_most, speed

FILES, SIZE = 10_000, 11_600  # 116 MB
GIGABYTE = 1 << 30
CHANGED = 1 << 20  # bytes in the middle of the big file


def _source(kit: Kit) -> Path:
    return kit.folder / "sync-source"


def _there(kit: Kit, who: str) -> Path:
    return kit.folder / f"sync-{who.replace(' ', '-')}"


def _files(kit: Kit, count: int = FILES, size: int = SIZE) -> None:
    """Make different files, a hundred in each folder."""
    for number in range(count):
        folder = _source(kit) / f"{number // 100:04}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:06}").write_bytes((uuid.uuid4().bytes * (size // 16 + 1))[:size])


def _big(kit: Kit) -> None:
    """Make one file of 1 GB."""
    _source(kit).mkdir()
    block = os.urandom(1 << 20)
    with (_source(kit) / "big").open("wb") as out:
        for number in range(GIGABYTE >> 20):
            out.write(number.to_bytes(8, "big") + block[8:])


def change_middle(kit: Kit) -> None:
    """Change 1 MB in the middle of the big file."""
    with (_source(kit) / "big").open("r+b") as file:
        file.seek(GIGABYTE // 2)
        file.write(os.urandom(CHANGED))


def change_five(kit: Kit) -> None:
    """Change five of the files."""
    for number in range(0, FILES, FILES // 5):
        (_source(kit) / f"{number // 100:04}" / f"{number:06}").write_bytes(os.urandom(SIZE))


async def _ours(kit: Kit) -> None:
    await kit.ours.sync_to_host(_source(kit), _there(kit, OURS), delete=True, hardlinks=True)


async def _ours_from(kit: Kit) -> None:
    await kit.ours.sync_from_host(_source(kit), _there(kit, OURS), delete=True, hardlinks=True)


async def _rsync(kit: Kit, *options: str, from_host: bool = False) -> bytes:
    words = ["rsync", "-aH", "--numeric-ids", "--delete", *options]
    source, there = f"{_source(kit)}/", f"{_there(kit, TODAY)}/"
    if kit.place.ssh_config is not None:
        words += ["-e", f"{SSH} -F {kit.place.ssh_config}"]
        source, there = (f"{ALIAS}:{source}", there) if from_host else (source, f"{ALIAS}:{there}")
    return await command(*words, source, there)


async def _today(kit: Kit) -> None:
    await _rsync(kit)


async def _today_from(kit: Kit) -> None:
    await _rsync(kit, from_host=True)


async def _ours_sent(kit: Kit) -> float:
    report = await kit.ours.sync_to_host(_source(kit), _there(kit, OURS), delete=True, hardlinks=True)
    return float(report.bytes_sent)


async def _ours_received(kit: Kit) -> float:
    report = await kit.ours.sync_from_host(_source(kit), _there(kit, OURS), delete=True, hardlinks=True)
    return float(report.bytes_sent)


async def _rsync_sent(kit: Kit, *, from_host: bool = False) -> float:
    sent = re.search(rb"Literal data: ([\d,]+)", await _rsync(kit, "--stats", from_host=from_host))
    assert sent is not None
    return float(sent[1].replace(b",", b""))


SYNC: Mapping[str, Contender] = {OURS: _ours, TODAY: _today}
SENT: Mapping[str, Contender] = {OURS: _ours_sent, TODAY: _rsync_sent}
SYNC_FROM: Mapping[str, Contender] = {OURS: _ours_from, TODAY: _today_from}
RECEIVED: Mapping[str, Contender] = {OURS: _ours_received, TODAY: partial(_rsync_sent, from_host=True)}


@asynccontextmanager
async def _around(kit: Kit, make: Callable[[Kit], None], synced: bool) -> AsyncIterator[None]:
    """Make the source and, if the line is about a second sync, equal destinations."""
    await asyncio.to_thread(make, kit)
    try:
        if synced:
            await _ours(kit)
            await _today(kit)
        yield
    finally:
        for path in (_source(kit), _there(kit, OURS), _there(kit, TODAY)):
            await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)


async def _forget(kit: Kit) -> None:
    """Remove the destinations and flush the disk: the next sync is a first one, and does not pay for this one."""
    for who in (OURS, TODAY):
        await asyncio.to_thread(shutil.rmtree, _there(kit, who), ignore_errors=True)
    await asyncio.to_thread(os.sync)


def _changing(change: Callable[[Kit], None], contenders: Mapping[str, Contender]) -> dict[str, Contender]:
    """Change the source before each sample: every contender sees a change of the same size."""

    def changed(do: Contender) -> Contender:
        async def sample(kit: Kit) -> float:
            await asyncio.to_thread(change, kit)
            started = asyncio.get_running_loop().time()
            result = await do(kit)  # type: ignore[misc]
            return asyncio.get_running_loop().time() - started if result is None else result

        return sample

    return {name: changed(do) for name, do in contenders.items()}


def _remote(milliseconds: int) -> Group:
    name = f"files, {milliseconds} ms" if milliseconds else "files, loopback"
    group = Group(name, partial(remote_kit, milliseconds))
    many = partial(_around, make=_files)
    group.line("first sync, 10,000 files of 116 MB", SYNC, rounds=3, targets=(at_most(1.0, TODAY),),
               around=partial(many, synced=False), after=_forget)  # fmt: skip
    group.line("nothing changed", SYNC, rounds=7, targets=(at_most(0.5, TODAY),), around=partial(many, synced=True))
    group.line("5 changed", _changing(change_five, SYNC), rounds=7, targets=(at_most(0.5, TODAY),),
               around=partial(many, synced=True))  # fmt: skip
    if milliseconds:
        return group
    group.line("100,000 files, nothing changed", SYNC, rounds=3, targets=(at_most(1.0, TODAY),),
               around=partial(_around, make=partial(_files, count=100_000, size=16), synced=True))  # fmt: skip
    group.line("one file of 1 GB", SYNC, rounds=2, amount=(GIGABYTE / 1e6, "MB"), targets=(speed(1.0, TODAY),),
               around=partial(_around, make=_big, synced=False), after=_forget)  # fmt: skip
    group.line("1 MB of 1 GB changed: content sent", _changing(change_middle, SENT), rounds=1, unit="bytes",
               targets=(at_most(1.5, TODAY),), around=partial(_around, make=_big, synced=True))  # fmt: skip
    return group


def _from_host(milliseconds: int) -> Group:
    group = Group(f"files from the host, {milliseconds} ms", partial(remote_kit, milliseconds))
    many = partial(_around, make=_files)
    group.line("first sync, 10,000 files of 116 MB", SYNC_FROM, rounds=3, targets=(at_most(1.0, TODAY),),
               around=partial(many, synced=False), after=_forget)  # fmt: skip
    group.line(
        "nothing changed", SYNC_FROM, rounds=7, targets=(at_most(0.5, TODAY),), around=partial(many, synced=True)
    )
    group.line("5 changed", _changing(change_five, SYNC_FROM), rounds=7, targets=(at_most(0.5, TODAY),),
               around=partial(many, synced=True))  # fmt: skip
    if not milliseconds:
        group.line("one file of 1 GB", SYNC_FROM, rounds=2, amount=(GIGABYTE / 1e6, "MB"), targets=(speed(1.0, TODAY),),
                   around=partial(_around, make=_big, synced=False), after=_forget)  # fmt: skip
        group.line("1 MB of 1 GB changed: content sent", _changing(change_middle, RECEIVED), rounds=1, unit="bytes",
                   targets=(at_most(1.5, TODAY),), around=partial(_around, make=_big, synced=True))  # fmt: skip
    return group


def _local() -> Group:
    group = Group("files, local", local_kit)
    many = partial(_around, make=_files)
    group.line("first sync, 10,000 files of 116 MB", SYNC, rounds=15, targets=(at_most(1.0, TODAY),),
               around=partial(many, synced=False), after=_forget)  # fmt: skip
    group.line("nothing changed", SYNC, rounds=7, targets=(at_most(1.0, TODAY),), around=partial(many, synced=True))
    return group


GROUPS = [_local(), _remote(0), _remote(20), _from_host(0), _from_host(20)]
