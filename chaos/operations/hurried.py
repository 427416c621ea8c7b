"""Most operations once more, cancelled in the middle or with a time limit: they end as was asked, and leave nothing."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from ml_nexus_go import DockerError, OperationTimeout

from ..allowed import Promise
from ..world import IMAGE, World, check
from . import execs, files, host_files, images, ports, runs, streams

Operation = Callable[[World, str, random.Random], Awaitable[None]]

CANCELLED: tuple[Operation, ...] = (
    runs.run, runs.run_unbroken, runs.run_with_input, runs.terminal, runs.followed_log, execs.execute, execs.stdin,
    streams.attach, streams.stats, files.copies, files.file_access, host_files.upload, host_files.sync_to_host,
    host_files.sync_from_host, host_files.sync_from_container, images.build, images.archive, ports.forward,
)  # fmt: skip

# A limit's error may come as late as this: what was begun is undone first, also while the engine is away.
LATE = 150.0


async def interrupted(world: World, token: str, chance: random.Random) -> None:
    """One of the others, cancelled in the middle: it ends, and what is there of it goes by its name."""
    operation = chance.choice(CANCELLED)
    world.history.say(f"{token} is {operation.__name__}")
    task = asyncio.ensure_future(operation(world, token, chance))
    await asyncio.wait([task], timeout=chance.uniform(0, 4))
    task.cancel()
    _done, late = await asyncio.wait([task], timeout=LATE)
    check(not late, f"{operation.__name__} has not ended {LATE:g} s after it was cancelled")
    try:
        with suppress(asyncio.CancelledError):
            task.result()
    except DockerError as error:
        world.excuse(token, error, Promise.ONCE)
    await remove_all(world, token)


async def hurried(world: World, token: str, chance: random.Random) -> None:
    """A call with a time limit: it is done, or it is OperationTimeout."""
    client, here = world.client, world.folder / f"{token}.src"
    here.mkdir()
    (here / "file").write_bytes(chance.randbytes(300_000))
    limit = chance.uniform(0.05, 2.0)
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: client.copy_to_container(here, world.box, f"/tmp/{token}", timeout=limit),
        lambda: client.copy_from_container(world.box, "/bin", world.folder / f"{token}.back", timeout=limit),
        lambda: client.read_file(world.box, "/bin/busybox", timeout=limit),
        lambda: client.upload_to_host(here / "file", world.folder / f"{token}.there", timeout=limit),
        lambda: client.sync_to_host(here, world.folder / f"{token}.dst", timeout=limit),
        lambda: client.sync_from_host(here, world.folder / f"{token}.dst", timeout=limit),
        lambda: client.save_image(IMAGE, world.folder / f"{token}.tar", timeout=limit),
        lambda: client.exec_container(world.box, ["sleep", "0.5"], timeout=limit),
    ]  # fmt: skip
    call = chance.choice(calls)
    began = time.monotonic()
    try:
        await call()
    except OperationTimeout:
        if "engine-stopped" in world.history.faults_seen_by(token):  # it may have had all of the copy, and goes on
            world.late[f"/tmp/{token}/file"] = (here / "file").read_bytes()
    except DockerError as error:
        world.excuse(token, error, Promise.ONCE)
    took = time.monotonic() - began
    check(took < limit + LATE, f"it took {took:g} s with a limit of {limit:g} s")
    await remove_all(world, token)


async def remove_all(world: World, token: str) -> None:
    """Remove what has the name of an operation that was not to come to its end."""
    inside = f"rm -rf /tmp/{token}* /dev/shm/{token}*"
    await world.must("exec", world.box, "sh", "-c", inside)
    names = (await world.must("ps", "-a", "--filter", f"name={token}", "--format", "{{.Names}}")).split()
    for name in names:
        await world.must("rm", "-f", "-v", name)
    listed = (await world.must("images", "--format", "{{.Repository}}:{{.Tag}}")).split()
    for image in listed:
        if token in image:
            await world.must("rmi", "-f", image)
