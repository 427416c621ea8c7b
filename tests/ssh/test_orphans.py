"""What a killed program leaves, and who may end it."""

from __future__ import annotations

import pytest

from ml_nexus_go import InvalidArgument

from ..conftest import Connect
from ..support.bed import Engine
from ..support.names import Names
from ..support.proxy import Proxy
from .test_lost_lines import line_of, program

pytestmark = pytest.mark.connections("ssh")


async def test_orphans_are_found_and_only_they_are_ended(
    connect_to: Connect, proxy: Proxy, engine: Engine, name: Names, image: str
) -> None:
    kept, removed, detached, own = name("kept"), name("removed"), name("detached"), name("own")
    client = connect_to()
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


async def test_bad_arguments_of_reap(connect_to: Connect) -> None:
    client = connect_to()
    with pytest.raises(InvalidArgument, match="older_than"):
        await client.reap(older_than=-1)
    with pytest.raises(InvalidArgument, match="dry_run"):
        await client.reap(dry_run="yes")  # type: ignore[arg-type]
