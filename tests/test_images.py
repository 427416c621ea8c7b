"""Images in the engine."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from ml_nexus_go import Conflict, DockerClient, ImageNotFound, InvalidArgument

from .support.bed import Engine
from .support.names import Names

pytestmark = pytest.mark.by_turns


async def test_exists(client: DockerClient, engine: Engine, image: str, name: Names) -> None:
    identity = engine.api_get(f"/images/{image}/json")["Id"]
    for reference in (image, f"{image}:latest", f"docker.io/library/{image}", identity, identity[7:19]):
        assert await client.image_exists(reference), reference
    assert not await client.image_exists(name.image())
    assert not await client.image_exists(f"{image}:other")


async def test_rows_equal_those_of_docker(client: DockerClient, engine: Engine, image: str) -> None:
    printed = engine.docker("images", "--format", "{{json .}}").stdout
    theirs = [row for row in map(json.loads, printed.splitlines()) if row["Repository"] == image]
    ours = [row for row in await client.list_images() if row["Repository"] == image]
    assert theirs
    for row in (*ours, *theirs):
        row.pop("CreatedSince")  # "2 minutes ago"
        row.pop("Containers")
    assert ours == theirs


async def test_tag_and_remove(client: DockerClient, image: str, name: Names) -> None:
    tag = name.image("v1")
    await client.tag_image(image, tag)
    assert await client.image_exists(tag)
    assert await client.run_container(tag, ["echo", "tagged"], ["--rm"]) == "tagged\n"
    removal = await client.remove_image(tag)
    assert any(tag in reference for reference in removal.untagged)
    assert removal.deleted == []
    assert not await client.image_exists(tag)
    assert await client.image_exists(image)


async def test_a_used_image_is_not_removed(client: DockerClient, engine: Engine, name: Names, tmp_path: Path) -> None:
    (tmp_path / "f").write_text(name())
    with tarfile.open(tmp_path / "image.tar", "w") as tar:
        tar.add(tmp_path / "f", "f")
    tag, mine = name.image(), name()
    engine.docker("import", tmp_path / "image.tar", tag)
    engine.docker("create", "--name", mine, tag, "/f")
    with pytest.raises(Conflict):
        await client.remove_image(tag)
    await client.remove_container(mine)
    removal = await client.remove_image(tag)
    assert removal.deleted
    assert not await client.image_exists(tag)


async def test_images_that_are_missing(client: DockerClient, name: Names) -> None:
    missing = name.image()
    with pytest.raises(ImageNotFound, match=missing):
        await client.remove_image(missing)
    with pytest.raises(ImageNotFound):
        await client.tag_image(missing, name.image())


@pytest.mark.parametrize("bad", ["", "UPPER", "a b", "x:y:z", "name:", "nul\x00", "-x", "http://x/y", "a@sha256:12"])
async def test_bad_references(client: DockerClient, image: str, bad: str) -> None:
    for call in (
        client.image_exists(bad),
        client.remove_image(bad),
        client.tag_image(image, bad),
        client.tag_image(bad, "mlng-never"),
    ):
        with pytest.raises(InvalidArgument):
            await call


async def test_a_tag_to_an_identity(client: DockerClient, image: str) -> None:
    with pytest.raises(InvalidArgument):
        await client.tag_image(image, f"{image}@sha256:{'0' * 64}")


async def test_references_of_a_wrong_type(client: DockerClient, image: str) -> None:
    for bad in (None, 5, b"x", ["x"]):
        with pytest.raises(InvalidArgument, match="must be a str"):
            await client.image_exists(bad)  # type: ignore[arg-type]
