"""Files of containers, for programs: write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from ml_nexus_go import (
    Conflict,
    ContainerNotFound,
    DockerClient,
    EngineError,
    InvalidArgument,
    OperationTimeout,
    PathNotFound,
    PermissionDenied,
)

from .support.names import Names
from .support.wait import limits

pytestmark = pytest.mark.by_turns

PARTS = [b"one", b"", b"two" * 1_000_000, b"end"]


async def later(parts: list[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        await asyncio.sleep(0)
        yield part


def lazily(parts: list[bytes]) -> Iterator[bytes]:
    yield from parts


async def test_what_may_be_written(client: DockerClient, container: str) -> None:
    assert await client.write_file(container, "/a", b"\x00\xff") == 2
    assert await client.read_file(container, "/a") == b"\x00\xff"
    assert await client.write_file(container, "/a", "grün") == 5
    assert await client.read_file(container, "/a", encoding="utf-8") == "grün"
    assert await client.write_file(container, "/a", "grün", encoding="latin-1") == 4
    assert await client.write_file(container, "/a", "") == 0
    assert await client.read_file(container, "/a") == b""
    for source in (later(PARTS), lazily(PARTS), PARTS, memoryview(b"".join(PARTS)), bytearray(b"".join(PARTS))):
        assert await client.write_file(container, "/a", source) == 3_000_006
        assert await client.read_file(container, "/a") == b"".join(PARTS)
    for data in (5, None, [1], ["text"], later([5])):  # type: ignore[list-item]
        with pytest.raises((InvalidArgument, TypeError)):
            await client.write_file(container, "/a", data)  # type: ignore[arg-type]
    assert await client.read_file(container, "/a") == b"".join(PARTS)


async def test_mode_and_owner(client: DockerClient, container: str) -> None:
    await client.write_file(container, "/a", "x", mode=0o4750, owner="worker:7")
    made = await client.stat_file(container, "/a")
    assert (made.mode, made.uid, made.gid) == (0o4750, 1000, 7)
    await client.write_file(container, "/a", "y")
    assert (await client.stat_file(container, "/a")).mode == 0o4750
    await client.write_file(container, "/a", "y", owner=7)
    made = await client.stat_file(container, "/a")
    assert (made.mode, made.uid, made.gid) == (0o4750, 7, 0)
    await client.write_file(container, "/p/q/a", "x", parents=True)
    assert (await client.stat_file(container, "/p/q/a")).mode == 0o644
    for wrong in (
        {"mode": 0o10000},
        {"mode": -1},
        {"mode": "644"},
        {"owner": "nobody-knows"},
        {"owner": ""},
        {"owner": -1},
    ):
        with pytest.raises(InvalidArgument):
            await client.write_file(container, "/a", "z", **wrong)
    with pytest.raises(InvalidArgument, match="mode must be a number of permission bits, such as 0o644, not '644'"):
        await client.write_file(container, "/a", "z", mode="644")  # type: ignore[arg-type]
    assert await client.read_file(container, "/a") == b"y"


async def test_errors_leave_nothing(client: DockerClient, name: Names, image: str) -> None:
    mine = name("full")
    options = ["-d", "--name", mine, "--read-only", "--tmpfs", "/small:size=64k"]
    await client.run_container(image, ["sleep", "3600"], options)
    await client.write_file(mine, "/small/kept", "old")
    for path in ("/small/kept", "/small/new"):
        with pytest.raises(EngineError, match=f"no space left in the container {mine}") as full:
            await client.write_file(mine, path, b"x" * 200_000)
        assert (full.value.details["reason"], full.value.details["path"]) == ("disk_full", path)
    with pytest.raises(PermissionDenied, match=f"/etc/x is read-only in the container {mine}"):
        await client.write_file(mine, "/etc/x", "x")
    with pytest.raises(PathNotFound, match=f"no folder /small/none in the container {mine}.*parents"):
        await client.write_file(mine, "/small/none/x", "x")
    with pytest.raises(Conflict, match=r"/small in the container .* is a folder"):
        await client.write_file(mine, "/small", "x")
    with pytest.raises(Conflict, match="/small/kept is not a folder"):
        await client.write_file(mine, "/small/kept/x", "x")
    with pytest.raises(ContainerNotFound):
        await client.write_file(name(), "/x", "x")
    assert await client.read_file(mine, "/small/kept") == b"old"
    assert [entry.name for entry in await client.list_files(mine, "/small")] == ["kept"]


async def test_a_source_that_fails_or_stalls_changes_nothing(client: DockerClient, container: str) -> None:
    await client.write_file(container, "/d/kept", "old", parents=True)

    async def fails() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("the source broke")

    closed = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        try:
            yield b"half"
            await asyncio.Event().wait()
        finally:
            closed.set()

    with pytest.raises(RuntimeError, match="the source broke"):
        await client.write_file(container, "/d/kept", fails())
    for limit in limits(0.3):
        with pytest.raises(OperationTimeout):
            await client.write_file(container, "/d/kept", stalls(), timeout=limit)
        if closed.is_set():
            break
    assert closed.is_set()
    for step in (0, 0.05, 0.2, 0.4):
        task = asyncio.create_task(client.write_file(container, "/d/kept", [b"new" * 2_000_000]))
        await asyncio.wait([task], timeout=step)
        task.cancel()
        await asyncio.wait([task])  # it may have been done just before
        assert await client.read_file(container, "/d/kept") in (b"old", b"new" * 2_000_000)
        assert [entry.name for entry in await client.list_files(container, "/d")] == ["kept"]


async def test_what_was_written_is_read_below_a_tmpfs(client: DockerClient, name: Names, image: str) -> None:
    mine = name("covered")
    await client.run_container(image, ["sleep", "3600"], ["-d", "--name", mine, "--tmpfs", "/etc"])
    await client.write_file(mine, "/etc/passwd", "mine")
    assert await client.read_file(mine, "/etc/passwd") == b"mine"
