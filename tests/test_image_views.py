"""images() and image(): field by field as docker's command shows them."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timezone
from typing import Any

import pytest

from ml_nexus_go import DockerClient, ImageDetails, ImageNotFound, InvalidArgument

from .support.bed import Engine
from .support.images import import_image
from .support.names import Names

pytestmark = pytest.mark.by_turns

CHANGES = (
    'CMD ["cat","/a b"]',
    'ENTRYPOINT ["env"]',
    "ENV A=b=c",
    "WORKDIR /tmp",
    "USER 1000",
    "EXPOSE 80",
    "VOLUME /data",
)


def check(view: ImageDetails, said: dict[str, Any]) -> None:
    """Compare each field with what docker inspect prints."""
    config = said["Config"]
    assert (view.id, list(view.tags), list(view.digests)) == (said["Id"], said["RepoTags"], said["RepoDigests"])
    assert view.created is not None
    assert view.created.strftime("%Y-%m-%dT%H:%M:%S") == said["Created"][:19]
    assert (view.size, view.labels, view.parent_id or "") == (said["Size"], config["Labels"], said.get("Parent", ""))
    assert (view.architecture, view.os, view.variant) == (said["Architecture"], said["Os"], said.get("Variant"))
    assert (view.author, view.comment) == (said.get("Author", ""), said.get("Comment", ""))
    assert list(view.layers) == said["RootFS"]["Layers"]
    assert list(view.config.command) == (config.get("Cmd") or [])
    assert list(view.config.entrypoint) == (config.get("Entrypoint") or [])
    assert [f"{key}={value}" for key, value in view.config.env.items()] == config["Env"]
    assert view.config.working_dir == config.get("WorkingDir", "")
    assert view.config.user == config.get("User", "")
    assert set(view.config.exposed_ports) == set(config.get("ExposedPorts") or ())
    assert set(view.config.volumes) == set(config.get("Volumes") or ())
    assert view.config.stop_signal == config.get("StopSignal")


async def test_each_field_is_that_of_docker(client: DockerClient, engine: Engine, name: Names, image: str) -> None:
    label, mine = f"mlng-t={uuid.uuid4().hex}", name.image("v1")
    import_image(engine, mine, changes=(*CHANGES, f"LABEL {label}"))
    for one in (mine, image):
        [said] = json.loads(engine.docker("image", "inspect", one).stdout)
        check(await client.image(one), said)
    details = await client.image(mine)
    assert details.config.command == ("cat", "/a b")
    assert (details.config.exposed_ports, details.config.volumes) == (("80/tcp",), ("/data",))

    questions: list[dict[str, Any]] = [{"label": label}, {"label": [label], "reference": mine, "dangling": False}]
    for filters in questions:
        [listed] = await client.images(filters)
        assert (listed.id, listed.tags, listed.labels) == (details.id, (mine,), details.labels)
        assert details.created is not None
        assert listed.created == details.created.replace(microsecond=0)
        assert listed.digests == details.digests
        [row] = map(
            json.loads, engine.docker("images", "--no-trunc", "--format", "{{json .}}", mine).stdout.splitlines()
        )
        assert (listed.id, listed.tags[0]) == (row["ID"], f"{row['Repository']}:{row['Tag']}")
        [said] = engine.api_get("/images/json", filters=json.dumps({"label": [label]}))
        assert (listed.size, listed.raw["Id"]) == (said["Size"], said["Id"])
        assert listed.created == datetime.fromtimestamp(said["Created"], timezone.utc)
    assert details.id in {one.id for one in await client.images(all=True)}
    assert await client.images({"label": "mlng-none"}) == []


async def test_an_image_without_a_name(client: DockerClient, engine: Engine, name: Names) -> None:
    label, mine = f"mlng-t={uuid.uuid4().hex}", name.image("v1")
    import_image(engine, mine, changes=(f"LABEL {label}",))
    identity = (await client.image(mine)).id
    import_image(engine, mine)
    [listed] = await client.images({"label": label, "dangling": True})
    assert (listed.id, listed.tags) == (identity, ())
    assert (await client.image(identity)).tags == ()
    await client.remove_image(identity)


@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"label": []}, {"dangling": "perhaps"}, {"label": 5}])
async def test_wrong_filters_are_named(client: DockerClient, wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match=next(iter(wrong))):
        await client.images(wrong)


async def test_an_image_that_does_not_exist(client: DockerClient) -> None:
    with pytest.raises(ImageNotFound) as failure:
        await client.image("mlng-none:v1")
    assert failure.value.op == "image"
    with pytest.raises(InvalidArgument):
        await client.image("../info")
