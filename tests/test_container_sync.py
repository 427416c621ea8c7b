"""Syncs from containers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ml_nexus_go import ContainerNotFound, DockerClient, InvalidArgument, PathNotFound, Progress

from .support.names import Names
from .support.wait import DEADLINE


async def test_results_of_a_container(client: DockerClient, image: str, name: Names, tmp_path: Path) -> None:
    box = name("sync")
    make = "mkdir -p /out/sub && echo one >/out/a && echo two >/out/sub/b && ln -s a /out/link && echo x >/out/skip.tmp"
    await client.run_container(image, ["sh", "-c", f"{make}; exec sleep 600"], ["-d", "--name", box])
    await client.wait_until_running(box)
    await client.exec_container(box, ["sh", "-c", "until test -e /out/skip.tmp; do :; done"])
    here, seen = tmp_path / "here", list[Progress]()
    first = await client.sync_from_container(box, "/out", here, excludes="*.tmp", progress=seen.append)
    assert (first.way, first.files_sent, first.bytes_sent, first.issues) == ("container", 2, 8, [])
    assert (seen[-1].done, seen[-1].files) == (8, 2)
    assert sorted(p.name for p in here.iterdir()) == ["a", "link", "sub"]
    assert (here / "link").readlink() == Path("a")
    await client.exec_container(box, ["sh", "-c", "echo changed >/out/a; rm /out/link"])
    again = await client.sync_from_container(box, "/out/", here, excludes=["*.tmp"], delete=True)
    assert (again.files_sent, again.unchanged, again.deleted) == (1, 1, 1)
    await client.stop_container(box, grace_period=0)
    last = await client.sync_from_container(box, "/out", here, excludes=["*.tmp"], delete=True, checksum=True)
    assert (last.way, last.files_sent, last.unchanged, last.deleted) == ("archive", 0, 2, 0)
    assert (here / "a").read_text() == "changed\n"
    with pytest.raises(PathNotFound, match="no /none in the container"):
        await client.sync_from_container(box, "/none", here)


async def test_mistakes(client: DockerClient, tmp_path: Path) -> None:
    with pytest.raises(ContainerNotFound):
        await client.sync_from_container("mlng-nothing", "/out", tmp_path / "here")
    for source, destination in (("relative", tmp_path / "here"), ("", tmp_path / "here"), ("/out", "")):
        with pytest.raises(InvalidArgument):
            await client.sync_from_container("mlng-nothing", source, destination)
    with pytest.raises(InvalidArgument):
        await client.sync_from_container("mlng-nothing", "/out", tmp_path / "here", filters=["merge x"])
    assert not (tmp_path / "here").exists()


@pytest.mark.engines("new")
@pytest.mark.parametrize("runs", [True, False])
async def test_cancel_leaves_nothing(client: DockerClient, image: str, name: Names, tmp_path: Path, runs: bool) -> None:
    box = name("sync")
    make = "mkdir /big && for f in 1 2 3; do dd if=/dev/zero of=/big/$f bs=1 count=0 seek=128M; done"
    await client.run_container(image, ["sh", "-c", f"{make}; touch /made; exec sleep 600"], ["-d", "--name", box])
    await client.exec_container(box, ["sh", "-c", "until test -e /made; do :; done"])
    if not runs:
        await client.stop_container(box, grace_period=0)
    for attempt in range(20):
        here, begun = tmp_path / str(attempt), asyncio.Event()
        moving = client.sync_from_container(box, "/big", here, progress=lambda _: begun.set())  # noqa: B023
        task = asyncio.create_task(moving)
        await asyncio.wait_for(begun.wait(), DEADLINE)
        task.cancel()
        await asyncio.wait([task])
        left = list(here.iterdir())
        assert [p.name for p in left if p.name.startswith(".")] == []
        assert all(p.stat().st_size == 128 << 20 for p in left)
        if task.cancelled():
            break  # or this process was held up until all was done
    assert task.cancelled()
