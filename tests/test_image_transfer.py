"""Images from one engine to another without a registry."""

from __future__ import annotations

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
    LayerProgress,
    Progress,
    TransferResult,
    TransferStatus,
)

from .support.bed import Engine, part
from .support.images import commit_layer, has_image
from .support.names import Names

PAIRS = {
    "old-old": ("engine-old", "engine-old2"),
    "old-new": ("engine-old", "engine-new"),
    "new-old": ("engine-new", "engine-old"),
    "new-new": ("engine-new", "engine-live"),
}


@dataclass
class Pair:
    """Two engines, a client for each, names that are removed from both."""

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


@pytest.fixture(params=PAIRS)
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    source, target = (Engine(name) for name in PAIRS[request.param])
    names, others = Names(source), Names(target)
    async with source.connect() as first, target.connect() as second:
        yield Pair(source, target, names, others, first, second)
        names.clean()
        others.clean()


async def test_only_what_is_missing(pair: Pair, image: str) -> None:
    base, child = pair.image(), pair.image()
    commit_layer(pair.source, pair.names(), image, base, "base")
    commit_layer(pair.source, pair.names(), base, child, "child")

    moved = await pair.first.transfer_image(base, pair.second)
    assert isinstance(moved, TransferResult)
    assert (moved, moved.layers, moved.present) == (base, 2, False)
    assert has_image(pair.target, base)
    again = await pair.first.transfer_image(base, pair.second)
    assert (again.present, again.bytes_sent, again.reused) == (True, 0, 2)

    seen: list[object] = []
    rest = await pair.first.transfer_image(child, pair.second, on_progress=seen.append)
    whole = pair.source.name == "engine-old" and pair.target.name == "engine-new"
    assert (rest.layers, rest.reused) == (3, 0 if whole else 2)
    assert any(isinstance(event, Progress) for event in seen)
    assert rest.image_id == pair.target.docker("image", "inspect", "-f", "{{.Id}}", child).stdout.strip()
    assert (await pair.second.run_container(child, None, ["--rm"])) == "child\n"
    # Nothing is missing: it can be moved on.
    assert len(b"".join([chunk async for chunk in pair.second.stream_image(child)])) > 200_000
    assert pickle.loads(pickle.dumps(rest)).image_id == rest.image_id


async def test_a_layer_that_went_is_sent_again(pair: Pair, image: str) -> None:
    base, child = pair.image(), pair.image()
    commit_layer(pair.source, pair.names(), image, base, "base")
    commit_layer(pair.source, pair.names(), base, child, "child")
    await pair.first.transfer_image(child, pair.second)
    pair.target.docker("rmi", child)
    assert not has_image(pair.target, child)
    await pair.first.transfer_image(child, pair.second)
    assert (await pair.second.run_container(child, None, ["--rm"])) == "child\n"


async def test_another_name_of_what_is_there(pair: Pair, image: str) -> None:
    base, other = pair.image(), pair.image("v2")
    commit_layer(pair.source, pair.names(), image, base, "base")
    await pair.first.transfer_image(base, pair.second)
    pair.source.docker("tag", base, other)
    moved = await pair.first.transfer_image(other, pair.second)
    assert has_image(pair.target, other)
    if moved.present:
        assert moved.bytes_sent == 0


@pytest.fixture
def blobs_differ() -> Iterator[tuple[Engine, Engine, Engine, str, str]]:
    """Three engines; the names of a base (by a registry) and of a child, removed from all."""
    engines = Engine("engine-old"), Engine("engine-new"), Engine("engine-live")
    names = [Names(engine) for engine in engines]
    base = names[0].image("v1", part("registry")["address"])
    child = names[0].image("v1")
    for one in names[1:]:
        one._images += [base, child]
    yield (*engines, base, child)
    for one in names:
        one.clean()


async def test_a_layer_that_is_there_in_another_form(
    blobs_differ: tuple[Engine, Engine, Engine, str, str], image: str
) -> None:
    """One engine has the base compressed, from a registry, the other as it was saved."""
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


async def test_by_id_and_through_other_clients(image: str) -> None:
    source, target = Engine("engine-old"), Engine("engine-old2")
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


async def test_what_cannot_be(image: str) -> None:
    source, target = Engine("engine-old"), Engine("engine-new")
    async with source.connect() as first, target.connect() as second:
        with pytest.raises(ImageNotFound):
            await first.transfer_image("mlng-none:v1", second)
        with pytest.raises(InvalidArgument):
            await first.transfer_image("UPPER", second)
        with pytest.raises(InvalidArgument):
            await first.transfer_image(image, "ssh://somewhere")  # type: ignore[arg-type]
        await second.aclose()
        with pytest.raises(ClientClosed):
            await first.transfer_image(image, second)


def test_events_are_tuples() -> None:
    assert LayerProgress("a", "Downloading", 1, 2)._asdict() == {
        "id": "a", "status": "Downloading", "done": 1, "total": 2,
    }  # fmt: skip
