"""What a killed program leaves behind, and who may end it."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator

import pytest

from ml_nexus_go import DockerClient, InvalidArgument, Orphan

from ..conftest import Connect
from ..support.bed import Engine
from ..support.names import Names
from ..support.proxy import Proxy
from .test_lost_connections import line_of, program

pytestmark = pytest.mark.connections("ssh")


@pytest.fixture
def reaper(connect_to: Connect, engine: Engine) -> Iterator[DockerClient]:
    """A client; nobody else reaps meanwhile."""
    with engine.only_reaper():
        yield connect_to()


async def test_orphans_are_found_and_only_they_are_ended(
    reaper: DockerClient, proxy: Proxy, engine: Engine, name: Names, image: str
) -> None:
    kept, removed, detached, own = name("kept"), name("removed"), name("detached"), name("own")
    client = reaper
    mine = await client.start_run(image, "echo up; exec sleep 600", ["--name", own], shell=True)
    await mine.stdout.readline()
    process = await program("orphans", engine.target, proxy.config, kept, removed, detached)
    assert await line_of(process) == "up"
    assert not {kept, removed, detached, own} & {orphan.name for orphan in await client.list_orphans()}
    process.kill()
    await process.communicate()
    left = {orphan.name: orphan for orphan in await client.list_orphans()}
    assert {kept, removed} <= set(left)
    assert not {detached, own} & set(left)
    assert (left[kept].remove, left[removed].remove) == (False, True)
    assert left[kept].running
    assert (left[kept].pid, left[kept].image) == (process.pid, image)
    assert left[kept].session == left[removed].session != ""

    assert not {kept, removed} & {orphan.name for orphan in await client.reap(older_than=3600)}
    assert {kept, removed} <= {orphan.name for orphan in await client.reap(dry_run=True)}
    assert await client.container_is_running(kept)
    await client.reap()
    assert not await client.container_exists(removed)
    assert await client.container_exists(kept)
    assert not await client.container_is_running(kept)
    for other in (detached, own):
        assert await client.container_is_running(other)
    assert not {kept, removed} & {orphan.name for orphan in await client.list_orphans()}
    await mine.cancel()


async def test_an_image_made_of_a_run_makes_no_orphans(
    reaper: DockerClient, proxy: Proxy, engine: Engine, name: Names, image: str
) -> None:
    kept, removed, detached = name("kept"), name("removed"), name("detached")
    plain, own, committed = name("plain"), name("own"), name("committed")
    client = reaper
    process = await program("orphans", engine.target, proxy.config, kept, removed, detached)
    assert await line_of(process) == "up"
    engine.docker("commit", removed, committed)
    try:
        process.kill()
        await process.communicate()
        engine.docker("run", "-d", "--name", plain, committed, "sleep", "600")
        await client.run_container(committed, ["sleep", "600"], ["-d", "--name", own])
        reaped = {orphan.name: orphan for orphan in await client.reap()}
        assert removed in reaped
        assert not {plain, own} & set(reaped)
        assert await client.container_is_running(plain)
        assert await client.container_is_running(own)
        assert reaped[removed].uid == os.getuid()
    finally:
        engine.docker("rm", "-fv", plain, own, check=False)
        engine.docker("rmi", "-f", committed, check=False)


def test_orphans_that_earlier_versions_pickled() -> None:
    old = Orphan("id", "name", "image", True, False, 1.5, "session", "host", 7, 2.5)
    assert (old.pid, old.start, old.uid) == (7, 2.5, -1)
    stored = (  # by pickle.dumps, when there were ten fields
        b"\x80\x04\x95b\x00\x00\x00\x00\x00\x00\x00\x8c\x13ml_nexus_go._result\x94\x8c\x06Orphan\x94\x93\x94(\x8c\x02id\x94"
        b"\x8c\x04name\x94\x8c\x05image\x94\x88\x89G?\xf8\x00\x00\x00\x00\x00\x00\x8c\x07session\x94\x8c\x04host\x94"
        b"K\x07G@\x04\x00\x00\x00\x00\x00\x00t\x94\x81\x94."
    )
    assert pickle.loads(stored) == old


async def test_bad_arguments_of_reap(connect_to: Connect) -> None:
    client = connect_to()
    with pytest.raises(InvalidArgument, match="older_than"):
        await client.reap(older_than=-1)
    with pytest.raises(InvalidArgument, match="dry_run"):
        await client.reap(dry_run="yes")  # type: ignore[arg-type]
