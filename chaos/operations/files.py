"""Files in containers: copied, read, written. A file is whole, as it was before, or absent."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

from ml_nexus_go import DockerError, OperationTimeout

from ..world import World, check, check_bytes


async def copies(world: World, token: str, chance: random.Random) -> None:
    """A file into a container, and out again."""
    data = chance.randbytes(chance.choice([0, 1000, 900_000]))
    source, back = world.folder / f"{token}.src", world.folder / f"{token}.back"
    source.write_bytes(data)
    inside = f"/tmp/{token}"
    await world.client.copy_to_container(source, world.box, inside)
    await world.client.copy_from_container(world.box, inside, back)
    check_bytes("the copy", back.read_bytes(), data)
    await world.must("exec", world.box, "rm", "-f", inside)


async def file_access(world: World, token: str, chance: random.Random) -> None:
    """Write a file in a container, look at it, read it, and write it again."""
    path = f"/tmp/{token}"
    for _ in range(chance.randrange(1, 3)):
        data = chance.randbytes(chance.choice([0, 100, 300_000]))
        check(await world.client.write_file(world.box, path, data, mode=0o640) == len(data), "the size is wrong")
        check_bytes("what was read", await world.client.read_file(world.box, path), data)
        entry = await world.client.stat_file(world.box, path)
        check((entry.size, entry.mode & 0o777) == (len(data), 0o640), f"{entry}")
    listed = [entry.name for entry in await world.client.list_files(world.box, "/tmp")]
    check(listed.count(token) == 1, f"{token} is {listed.count(token)} times in the list")
    await world.must("exec", world.box, "rm", "-f", path)
    check(not await world.client.file_exists(world.box, path), f"{path} is still there")


async def write_cut_short(world: World, token: str, chance: random.Random) -> None:
    """A file that is written again, by a call that is cancelled or has a time limit: it is the old or the new one."""
    path = f"/dev/shm/{token}"
    texts = [chance.randbytes(chance.choice([10, 60_000, 400_000])).hex().encode() for _ in range(2)]
    await world.client.write_file(world.box, path, texts[0])
    limit = chance.uniform(0.05, 1.5)
    if chance.random() < 0.5:
        with suppress(OperationTimeout):
            await world.client.write_file(world.box, path, texts[1], timeout=limit)
    else:
        task = asyncio.create_task(world.client.write_file(world.box, path, texts[1]))
        await asyncio.sleep(limit)
        task.cancel()
        with suppress(asyncio.CancelledError, DockerError):
            await task
    digest = (await world.must("exec", world.box, "sha256sum", path)).split()[0]
    check(digest in map(world.sha256, texts), "the file is neither the old nor the new one")
    check_bytes(
        "the file", await world.client.read_file(world.box, path), texts[0 if digest == world.sha256(texts[0]) else 1]
    )
    await world.must("exec", world.box, "rm", "-f", path)
