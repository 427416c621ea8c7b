"""Files of volumes that no container uses."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from ml_nexus_go import (
    Conflict,
    DockerClient,
    InvalidArgument,
    NotFound,
    OpenVolume,
    PermissionDenied,
)

from .conftest import Connect
from .support.bed import Engine
from .support.names import Names
from .support.wait import DEADLINE

pytestmark = pytest.mark.by_turns


@pytest.fixture
async def volume(client: DockerClient, name: Names) -> str:
    return (await client.create_volume(name.volume())).name


async def test_files_into_and_out_of_a_volume(
    client: DockerClient, engine: Engine, volume: str, image: str, tmp_path: Path
) -> None:
    content = os.urandom(300_000)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "sent").write_bytes(content)
    async with client.open_volume(volume) as opened:
        assert isinstance(opened, OpenVolume)
        await client.copy_to_container(tmp_path / "folder", opened.container, opened.path)
        await client.write_file(opened.container, opened / "p/written", "text", parents=True, mode=0o600, owner="7:8")
        await client.mkdir_in_container(opened.container, opened / "made")
        assert await client.read_file(opened.container, opened / "folder/sent") == content
        names = [entry.name for entry in await client.list_files(opened.container, opened.path)]
        assert names == ["folder", "made", "p"]
        assert not (await client.container_state(opened.container)).running
        await client.copy_from_container(opened.container, opened / "p/written", tmp_path / "back")
        assert (tmp_path / "back").read_text() == "text"
        with pytest.raises(Conflict):  # it counts as in use
            await client.remove_volume(volume)
    with pytest.raises(NotFound):
        await client.inspect_container(opened.container)
    shown = engine.docker(
        "run", "--rm", "-v", f"{volume}:/v", image, "stat", "-c", "%n %a %u:%g", "/v/p/written", "/v/folder/sent"
    )
    assert shown.stdout.splitlines() == ["/v/p/written 600 7:8", "/v/folder/sent 644 0:0"]


async def test_a_large_folder_of_a_volume_is_listed_not_sent(client: DockerClient, volume: str, image: str) -> None:
    script = "truncate -s 500G /v/huge; mkdir /v/d; ln -s /v/d /v/out; ln -s /nowhere /v/broken"
    await client.run_container(image, ["sh", "-c", script], ["--rm", "-v", f"{volume}:/v"])
    async with client.open_volume(volume) as opened:
        entries = await asyncio.wait_for(client.list_files(opened.container, opened.path), DEADLINE)
        assert {entry.name: entry.size for entry in entries} == {"broken": 0, "d": 0, "huge": 500 << 30, "out": 0}
        # What leads out of the volume leads to what the container has there.
        assert await client.list_files(opened.container, opened / "d") == []
        with pytest.raises(NotFound):
            await client.list_files(opened.container, opened / "out")
        assert not await client.file_exists(opened.container, opened / "broken")


async def test_a_write_that_is_cut_leaves_the_old_content(client: DockerClient, volume: str) -> None:
    async with client.open_volume(volume) as opened:
        await client.write_file(opened.container, opened / "kept", "old")
        for step in (0.05, 0.2, 0.4):
            task = asyncio.create_task(client.write_file(opened.container, opened / "kept", b"new" * 2_000_000))
            await asyncio.wait([task], timeout=step)
            task.cancel()
            await asyncio.wait([task])
            assert await client.read_file(opened.container, opened / "kept") in (b"old", b"new" * 2_000_000)
            names = [entry.name for entry in await client.list_files(opened.container, opened.path)]
            assert names == ["kept"]


async def test_a_volume_that_does_not_exist_is_not_made(client: DockerClient, name: Names) -> None:
    missing = name.volume()
    with pytest.raises(NotFound, match=missing):
        async with client.open_volume(missing):
            pass
    assert await client.volumes(filters={"name": missing}) == []
    for wrong in ("", "../x", "a/b"):
        with pytest.raises(InvalidArgument):
            async with client.open_volume(wrong):
                pass


async def test_read_only(client: DockerClient, volume: str) -> None:
    async with client.open_volume(volume, read_only=True) as opened:
        with pytest.raises(PermissionDenied, match="read-only"):
            await client.write_file(opened.container, opened / "a", "x")
        assert await client.list_files(opened.container, opened.path) == []


async def test_an_error_in_the_block_and_the_end_of_the_client_close_it(
    client: DockerClient, connect_to: Connect, volume: str
) -> None:
    with pytest.raises(RuntimeError, match="in the block"):
        async with client.open_volume(volume):
            raise RuntimeError("in the block")
    other = connect_to()
    async with other.open_volume(volume) as opened:
        await other.aclose()
    with pytest.raises(NotFound):
        await client.inspect_container(opened.container)

    async def forever(entered: asyncio.Event) -> None:
        async with client.open_volume(volume):
            entered.set()
            await asyncio.Event().wait()

    entered = asyncio.Event()
    task = asyncio.create_task(forever(entered))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await client.remove_volume(volume)
