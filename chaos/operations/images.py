"""Images: built, sent to a registry and fetched, moved to another engine, saved."""

from __future__ import annotations

import asyncio
import random
import tarfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from ml_nexus_go import ConnectionLost, connect
from tests.support.bed import Engine, part
from tests.support.images import import_image

from ..allowed import Promise
from ..world import IMAGE, World, check

SECOND = "engine-new"  # where images are moved to


async def build(world: World, token: str, chance: random.Random) -> None:
    """A build, by BuildKit or the classic builder: the image has the context's file."""
    context = world.folder / f"{token}.context"
    context.mkdir()
    data = chance.randbytes(chance.choice([10, 200_000]))
    (context / "data").write_bytes(data)
    pause = chance.uniform(0, 2)
    step = f"RUN echo {token} && sleep {pause:.2f} && sha256sum /data >/sum"
    (context / "Dockerfile").write_text(f"FROM {IMAGE}\nLABEL mlng.chaos={world.seed}\nCOPY data /data\n{step}\n")
    builder = chance.choice(["buildkit", "classic"])
    try:
        built = await _until_done(
            world, token, lambda: world.client.build_image(context, f"{token}:v1", builder=builder)
        )
        check(built == f"{token}:v1", f"built {built!r}")
        printed = await world.must("run", "--rm", *world.options(f"{token}-look"), f"{token}:v1", "cat", "/sum")
        check(printed.split()[0] == world.sha256(data), f"the image has {printed!r}")
    finally:
        await _remove(world, f"{token}:v1")


async def _until_done(world: World, token: str, attempt: Callable[[], Awaitable[str]]) -> str:
    """Try again after each excused error, as docs/builds.md says."""
    while True:
        try:
            return await attempt()
        except ConnectionLost as lost:
            world.excuse(token, lost, Promise.ONCE)


async def registry(world: World, token: str, chance: random.Random) -> None:
    """Push an image, remove it, and pull it: the registry and the engine have what was there."""
    name = f"{part('registry')['address']}/{token}:v1"
    await _import(world, name, chance)
    try:
        before = await world.must("image", "inspect", "-f", "{{.RootFS.Layers}}", name)
        pushed = await world.client.push_image(name)
        check(str(pushed) == name and pushed.digest.startswith("sha256:"), f"{pushed!r} {pushed.digest}")
        await _remove(world, name)
        pulled = await world.client.pull_image(name)
        check(pulled.digest == pushed.digest, f"pulled {pulled.digest} instead of {pushed.digest}")
        after = await world.must("image", "inspect", "-f", "{{.RootFS.Layers}}", name)
        check(after == before, f"layers {after} instead of {before}")
        removed = await world.client.remove_image(name)
        check(name in removed.untagged or bool(world.felt(token)), f"removed {removed}")
        check(not await world.client.image_exists(name), f"{name} is still there")
    finally:
        await _remove(world, name)


async def transfer(world: World, token: str, chance: random.Random) -> None:
    """Move an image to another engine."""
    name = f"{token}:v1"
    second = Engine(SECOND)
    await _import(world, name, chance)
    try:
        async with connect(second.host) as other:
            await world.client.transfer_image(name, other)
            layers = [
                (await asyncio.to_thread(engine.docker, "image", "inspect", "-f", "{{.RootFS.Layers}}", name)).stdout
                for engine in (second,)
            ]
        here = await world.must("image", "inspect", "-f", "{{.RootFS.Layers}}", name)
        check(layers == [here], f"layers {layers} instead of {here}")
    finally:
        await _remove(world, name)
        await asyncio.to_thread(second.docker, "rmi", "-f", name, check=False)


async def archive(world: World, token: str, chance: random.Random) -> None:
    """Save an image, remove it, and load it."""
    name, path = f"{token}:v1", world.folder / f"{token}.tar"
    await _import(world, name, chance)
    try:
        before = await world.must("image", "inspect", "-f", "{{.RootFS.Layers}}", name)
        size = await world.client.save_image(name, path)
        check(path.stat().st_size == size, f"{path.stat().st_size} bytes instead of {size}")
        await asyncio.to_thread(_members, path)
        await _remove(world, name)
        loaded = await world.client.load_image(path)
        check(list(loaded) == [name], f"loaded {loaded}")
        after = await world.must("image", "inspect", "-f", "{{.RootFS.Layers}}", name)
        check(after == before, f"layers {after} instead of {before}")
    finally:
        await _remove(world, name)
        path.unlink(missing_ok=True)


def _members(path: Path) -> list[str]:
    with tarfile.open(path) as tar:
        return tar.getnames()


async def _import(world: World, name: str, chance: random.Random) -> None:
    size = chance.choice([1000, 300_000, 3_000_000])
    while True:
        try:
            return await asyncio.to_thread(import_image, world.engine, name, size)
        except Exception as error:  # the engine is being restarted
            world.history.say(f"{name}: {error}")
            await asyncio.sleep(0.5)


async def _remove(world: World, name: str) -> None:
    await world.must("rmi", "-f", name)
