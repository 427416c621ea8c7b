"""Images from one engine to another without a registry."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from ml_nexus_go import (
    ClientClosed,
    DockerClient,
    ForwardingDockerClient,
    ImageNotFound,
    InvalidArgument,
    Progress,
    TransferResult,
    TransferStatus,
    connect,
)

from .support.bed import Engine, part
from .support.images import commit_layer, has_image, import_image
from .support.names import Names
from .support.relay import Relay
from .support.wait import DEADLINE

pytestmark = pytest.mark.connections("local")

# To an engine of the same kind, and to one of the other kind.
TARGETS = {
    "engine-old": {"same": "engine-old2", "other": "engine-new"},
    "engine-new": {"same": "engine-live", "other": "engine-old"},
}


@dataclass
class Pair:
    """Two engines, a client for each, and names that are removed from both."""

    source: Engine
    target: Engine
    names: Names
    others: Names
    first: DockerClient
    second: DockerClient

    def image(self, tag: str = "v1") -> str:
        reference = self.names.image(tag)
        self.others._images.append(reference)
        return reference


@pytest.fixture(params=["same", "other"])
async def pair(engine: Engine, request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    target = Engine(TARGETS[engine.name][request.param])
    names, others = Names(engine), Names(target)
    async with engine.connect() as first, target.connect() as second:
        yield Pair(engine, target, names, others, first, second)
        names.clean()
        others.clean()


async def test_only_what_is_missing(pair: Pair, image: str) -> None:
    base, other, child = pair.image(), pair.image("v2"), pair.image()
    commit_layer(pair.source, pair.names(), image, base, "base")
    commit_layer(pair.source, pair.names(), base, child, "child")
    pair.source.docker("tag", base, other)

    moved = await pair.first.transfer_image(base, pair.second)
    assert isinstance(moved, TransferResult)
    assert (moved, moved.layers, moved.present) == (base, 2, False)
    assert has_image(pair.target, base)
    again = await pair.first.transfer_image(base, pair.second)
    assert (again.present, again.bytes_sent, again.reused) == (True, 0, 2)
    await pair.first.transfer_image(other, pair.second)
    assert has_image(pair.target, other)

    seen: list[object] = []
    rest = await pair.first.transfer_image(child, pair.second, on_progress=seen.append, progress=True)
    whole = pair.source.name == "engine-old" and pair.target.name == "engine-new"
    assert (rest.layers, rest.reused) == (3, 0 if whole else 2)
    assert any(isinstance(event, Progress) for event in seen)
    assert rest.image_id == pair.target.docker("image", "inspect", "-f", "{{.Id}}", child).stdout.strip()
    assert pickle.loads(pickle.dumps(rest)).image_id == rest.image_id
    # Nothing is missing: it runs, and can be moved on.
    assert (await pair.second.run_container(child, None, ["--rm"])) == "child\n"
    assert len(b"".join([chunk async for chunk in pair.second.stream_image(child)])) > 200_000
    # What goes there is sent again.
    pair.target.docker("rmi", child, base, other)
    assert (await pair.first.transfer_image(child, pair.second)).bytes_sent > 200_000
    assert (await pair.second.run_container(child, None, ["--rm"])) == "child\n"


@pytest.fixture
def blobs_differ(engine: Engine) -> Iterator[tuple[Engine, Engine, Engine, str, str]]:
    """Three engines, and the names of a base image (from a registry) and of its child, removed from all."""
    engines = Engine("engine-old"), Engine("engine-new"), Engine("engine-live")
    names = [Names(engine) for engine in engines]
    base = names[0].image("v1", part("registry")["address"])
    child = names[0].image("v1")
    for one in names[1:]:
        one._images += [base, child]
    yield (*engines, base, child)
    for one in names:
        one.clean()


@pytest.mark.engines("old")
async def test_a_layer_that_is_there_in_another_form(
    blobs_differ: tuple[Engine, Engine, Engine, str, str], image: str
) -> None:
    """One engine has the base image compressed, from a registry, the other as it was saved."""
    old, new, live, base, child = blobs_differ
    commit_layer(old, Names(old)(), image, base, "base")
    old.docker("push", base)
    new.docker("pull", base)
    async with old.connect() as first, new.connect() as second, live.connect() as third:
        await first.transfer_image(base, third)
        commit_layer(new, Names(new)(), base, child, "child")
        seen: list[object] = []
        moved = await second.transfer_image(child, third, on_progress=seen.append)
        assert moved.reused == 0
        assert any(isinstance(event, TransferStatus) and "lacks a layer" in event.message for event in seen)
        assert (await third.image_inspect(child, manifests=True))["Manifests"][0]["Available"]
        assert await third.run_container(child, None, ["--rm"]) == "child\n"


@pytest.mark.engines("old")
async def test_by_id_and_through_other_clients(engine: Engine, image: str) -> None:
    source, target = engine, Engine("engine-old2")
    names, others = Names(source), Names(target)
    mine = names.image()
    others._images.append(mine)
    try:
        commit_layer(source, names(), image, mine, "mine")
        async with source.connect() as first, target.connect() as second:
            ident = (await first.image_inspect(mine))["Id"]
            moved = await first.transfer_image(ident, second)
            assert moved.image_id == ident
            named = await first.transfer_image(mine, ForwardingDockerClient(second))
            assert (named.present, named.image_id) == (True, ident)
            assert has_image(target, mine)
    finally:
        names.clean()
        others.clean()


@pytest.mark.parametrize("lost", ["source", "target"])
async def test_a_line_that_is_lost(pair: Pair, lost: str) -> None:
    """Either engine's connections end in the middle of the archive."""
    lossy, mine = pair.source if lost == "source" else pair.target, pair.image()
    import_image(pair.source, mine, 3_000_000)
    host, _, port = lossy.entry["tcp"]["host"].removeprefix("tcp://").partition(":")
    async with Relay(int(port), host, stop_after=1_000_000) as relay:
        async with connect(f"tcp://{host}:{relay.port}", environ=lossy.tls_environ) as through:
            first, second = (through, pair.second) if lost == "source" else (pair.first, through)
            transfer = asyncio.create_task(first.transfer_image(mine, second))
            await asyncio.wait_for(relay.stopped.wait(), DEADLINE)
            relay.cut()
            relay.go.set()
            moved = await asyncio.wait_for(transfer, DEADLINE)
    assert moved.bytes_sent > 3_000_000
    assert has_image(pair.target, mine)


@pytest.mark.engines("old")
async def test_what_cannot_be(engine: Engine, image: str) -> None:
    target = Engine("engine-new")
    async with engine.connect() as first, target.connect() as second:
        with pytest.raises(ImageNotFound):
            await first.transfer_image("mlng-none:v1", second)
        with pytest.raises(InvalidArgument):
            await first.transfer_image("UPPER", second)
        with pytest.raises(InvalidArgument):
            await first.transfer_image(image, "ssh://somewhere")  # type: ignore[arg-type]
        await second.aclose()
        with pytest.raises(ClientClosed):
            await first.transfer_image(image, second)
