"""History, inspection and pruning of images, against docker's command."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta, timezone

import pytest

from ml_nexus_go import DockerClient, ImageNotFound, ImagePruning, InvalidArgument

from .conftest import Connect
from .support.bed import Engine
from .support.images import commit_layer, has_image, import_image
from .support.names import Names
from .support.registries import docker_config

pytestmark = pytest.mark.by_turns


async def test_history_is_what_docker_prints(client: DockerClient, engine: Engine, name: Names, image: str) -> None:
    mine = name.image("v1")
    commit_layer(engine, name(), image, mine, "one")
    for options, keywords in (
        ([], {}),
        (["--no-trunc"], {"no_trunc": True}),
        (["--human=false"], {"human": False}),
    ):
        printed = engine.docker("history", *options, "--format", "{{json .}}", mine).stdout
        rows = [json.loads(line) for line in printed.splitlines()]
        given = await client.image_history(mine, **keywords)
        for row in (*rows, *given):
            row.pop("CreatedSince")  # it ages
        assert given == rows
        assert len(given) == 2


async def test_inspect_is_what_the_engine_says(client: DockerClient, engine: Engine, image: str) -> None:
    given = await client.image_inspect(image)
    said = engine.api_get(f"/images/{image}/json")
    assert given["Id"] == said["Id"]
    assert given["RootFS"] == said["RootFS"]
    assert given["Config"]["Cmd"] == ["sh"]
    if engine.api < (1, 48):
        with pytest.raises(InvalidArgument, match=r"1\.48"):
            await client.image_inspect(image, manifests=True)
    else:
        assert (await client.image_inspect(image, manifests=True))["Manifests"][0]["Available"]
    for ask in (client.image_inspect, client.image_history):
        with pytest.raises(ImageNotFound):
            await ask("mlng-none:v1")
        with pytest.raises(InvalidArgument):
            await ask("../info")


# On containerd's store a prune takes the leases away from every pull and load under way;
# there, a Go test prunes on an engine of its own.
@pytest.mark.engines("old")
async def test_pruning(client: DockerClient, engine: Engine, name: Names) -> None:
    label = f"mlng-t={uuid.uuid4().hex}"
    named, unnamed = name.image("v1"), name.image("v1")
    for reference in (named, unnamed):
        import_image(engine, reference, changes=(f"LABEL {label}",))
    # Its name goes to another image.
    import_image(engine, unnamed)
    nothing = ImagePruning([], [], 0)
    assert await client.prune_images(label=label, not_label=["mlng-t"]) == nothing
    assert await client.prune_images(label=label, until="2001-01-01T00:00:00") == nothing
    would = await client.prune_images(label=label, until=datetime.now() + timedelta(hours=1), dry_run=True)
    for until in (timedelta(hours=1), datetime.now(timezone.utc) - timedelta(hours=1)):
        assert await client.prune_images(filters={"label": label, "until": until}) == nothing
    pruned = await client.prune_images(label=[label])
    assert pruned == would
    assert pruned.deleted
    assert pruned.reclaimed > 90_000
    assert has_image(engine, named)
    pruned = await client.prune_images(all=True, label=label)
    assert pruned.deleted
    assert any(named in reference for reference in pruned.untagged)
    assert not has_image(engine, named)
    assert await client.prune_images(all=True, label=label) == nothing


@pytest.mark.engines("old")
async def test_filters_of_dockers_settings_count(connect_to: Connect, engine: Engine, name: Names, tmp_path) -> None:  # type: ignore[no-untyped-def]
    label = f"mlng-t={uuid.uuid4().hex}"
    mine = name.image("v1")
    import_image(engine, mine, changes=(f"LABEL {label}",))
    client = connect_to(environ=docker_config(tmp_path / "docker", {"pruneFilters": ["label=mlng-none"]}))
    assert (await client.prune_images(dangling=False, label=label)).deleted == []
    assert has_image(engine, mine)


WRONG: list[dict[str, object]] = [
    {"filters": {"name": "a"}},
    {"filters": {"dangling": True}},
    {"filters": {"until": timedelta(-1)}},
    {"filters": {"until": "1h"}, "until": "2h"},
    {"dry_run": 1},
    {"all": "no"},
]


@pytest.mark.parametrize("wrong", [{"until": "tomorrow"}, {"label": "=x"}, {"not_label": ""}, {"label": [7]}, *WRONG])
async def test_filters_that_are_none(client: DockerClient, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument):
        await client.prune_images(**wrong)  # type: ignore[arg-type]
