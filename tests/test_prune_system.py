"""Pruning everything that nothing uses. On engines of their own, Go's tests do so without filters."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import DockerClient, InvalidArgument

from .support.bed import Engine
from .support.builds import context, fresh
from .support.images import import_image
from .support.names import Names


# On containerd's store a prune of images takes the leases away from every pull and load under way.
@pytest.mark.engines("old")
async def test_prune_system(client: DockerClient, engine: Engine, name: Names, tmp_path: Path) -> None:
    key, value = "mlng-t", uuid.uuid4().hex
    label = f"{key}={value}"
    image, network, box = name.image("v1"), name.network(), name()
    import_image(engine, image, changes=(f"LABEL {label}", "CMD /none"))
    await client.create_network(network, labels={key: value})
    made = await client.create_container(image, options=["--name", box, "--label", label])
    await client.build_image(context(tmp_path / "a", fresh(f"RUN echo {value}")), name.image(), builder="buildkit")
    others: list[dict[str, Any]] = [{"label": label, "until": timedelta(hours=1)}, {"label": label, "label!": key}]
    for filters in others:
        none = await client.prune_system(all=True, filters=filters)
        assert (none.containers.deleted, none.networks, none.images.deleted, none.reclaimed) == ((), (), [], 0)
    would = await client.prune_system(all=True, filters={"label": label}, dry_run=True)
    assert would.containers.deleted == (str(made),)
    assert would.networks == (network,)
    assert would.volumes.volumes == would.build_cache.deleted == ()
    assert would.images.untagged == [image]
    assert would.reclaimed == would.containers.reclaimed + would.images.reclaimed > 90_000
    assert await client.container_exists(box)
    assert await client.prune_system(all=True, filters={"label": label}) == would
    assert not await client.container_exists(box)
    assert not await client.image_exists(image)
    assert await client.networks(filters={"name": network}) == []
    assert [one for one in await client.build_cache() if value in one.description]
    with pytest.raises(InvalidArgument, match=r"prune_volumes\(all=True\)"):
        await client.prune_system(volumes=True, filters={"label": label})


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"filters": {"name": "box"}}, '"name".*label, label!, until'),
    ({"filters": {"until": "1h"}, "volumes": True}, "until"),
    ({"filters": {"until": "tomorrow"}}, "neither a time nor an age"),
    ({"filters": {"label": []}}, "no value"),
    ({"volumes": "no"}, "volumes"),
    ({"all": 1}, "all"),
    ({"dry_run": None}, "dry_run"),
]


async def test_bad_prunes_remove_nothing(client: DockerClient, image: str, name: Names) -> None:
    made = await client.create_container(image, options=["--name", name()])
    for keywords, said in WRONG:
        with pytest.raises(InvalidArgument, match=said):
            await client.prune_system(**keywords)
    assert await client.container_exists(str(made))
