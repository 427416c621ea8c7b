"""Images of archives of files."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import tarfile
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import DockerClient, InvalidArgument, OperationTimeout, PathNotFound, Progress

from .support.bed import Engine
from .support.images import has_image
from .support.names import Names

pytestmark = pytest.mark.by_turns


def files(content: bytes = b"hello") -> bytes:
    """A tar archive of one file, /greeting."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        about = tarfile.TarInfo("greeting")
        about.size = len(content)
        tar.addfile(about, io.BytesIO(content))
    return archive.getvalue()


async def parts(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), 1000):
        yield content[at : at + 1000]
        await asyncio.sleep(0)


def labelled(engine: Engine, label: str) -> list[str]:
    """The images with a label, whole or not."""
    rows = engine.api_get("/images/json", all="1", filters=json.dumps({"label": [label]}))
    return [row["Id"] for row in rows]


async def test_an_image_of_files(client: DockerClient, engine: Engine, name: Names, tmp_path: Path) -> None:
    tag, archive = name.image("v1"), files()
    changes = ['CMD ["/greeting"]', "ENV WHO=you", "LABEL a=b"]
    seen: list[object] = []
    made = await client.import_image(archive, tag, changes=changes, message="why", on_progress=seen.append)
    about: dict[str, Any] = engine.api_get(f"/images/{tag}/json")
    assert about["Id"] == made
    assert (about["Config"]["Cmd"], about["Config"]["Labels"]) == (["/greeting"], {"a": "b"})
    assert "WHO=you" in about["Config"]["Env"]
    assert engine.api_get(f"/images/{tag}/history")[0]["Comment"] == "why"
    assert isinstance(seen[-1], Progress)
    assert seen[-1].done == len(archive)
    container = await client.create_container(tag)
    try:
        await client.copy_from_container(container, "/greeting", tmp_path)
        assert (tmp_path / "greeting").read_bytes() == b"hello"
    finally:
        await client.remove_container(container)
    again = await client.import_image(archive, tag)  # the name moves to the new image
    assert again != made
    assert engine.api_get(f"/images/{tag}/json")["Id"] == again
    engine.docker("rmi", made)


@pytest.mark.connections("local")
@pytest.mark.parametrize("way", ["path", "bytes", "parts", "gzip"])
async def test_ways_to_give_an_archive(client: DockerClient, engine: Engine, tmp_path: Path, way: str) -> None:
    archive = files()
    path = tmp_path / "files.tar"
    path.write_bytes(archive)
    source: Any = {"path": path, "bytes": archive, "parts": parts(archive), "gzip": gzip.compress(archive)}[way]
    made = await client.import_image(source)
    told = engine.docker("import", path).stdout.strip()
    try:
        ours, theirs = (engine.api_get(f"/images/{one}/json") for one in (made, told))
        assert ours["RootFS"] == theirs["RootFS"]
        assert ours["Config"] == theirs["Config"]
        assert (ours["Architecture"], ours["Os"]) == (theirs["Architecture"], theirs["Os"])
    finally:
        engine.docker("rmi", made, told)


async def test_what_is_no_archive_leaves_no_image(client: DockerClient, engine: Engine, name: Names) -> None:
    async def fails() -> AsyncIterator[bytes]:
        yield files()[:1000]
        raise KeyError("mine")

    label, tag = f"mlng-test={uuid.uuid4()}", name.image("v1")
    wrong: list[tuple[Any, type[Exception], str]] = [
        (b"x" * 5000, InvalidArgument, "no complete tar archive"),
        (files(b"x" * 100_000)[:50_000], InvalidArgument, "no complete tar archive"),
        (fails(), KeyError, "mine"),
        ("/mlng-none.tar", PathNotFound, "/mlng-none.tar"),
        ("/tmp", InvalidArgument, "is a folder"),
    ]
    for source, kind, says in wrong:
        with pytest.raises(kind, match=says):
            await client.import_image(source, tag, changes=f"LABEL {label}")
    assert labelled(engine, label) == []
    assert not has_image(engine, tag)


@pytest.mark.connections("local")
async def test_wrong_arguments(client: DockerClient, engine: Engine) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"tag": "UPPER"}, "not a valid image name"),
        ({"tag": "a@sha256:" + "1" * 64}, "has a digest"),
        ({"changes": "RUN ls"}, '\'?"RUN ls" does not begin with one of CMD'),
        ({"changes": ["EXPOSE x/y"]}, "x"),
        ({"platform": "a/b/c/d"}, "is not a platform"),
        ({"source": 7}, "source must be a path, bytes or"),
    ]
    if engine.api < (1, 42):
        wrong.append(({"platform": "linux/s390x"}, "this engine makes images for amd64 only"))
    for keywords, says in wrong:
        with pytest.raises(InvalidArgument, match=says):
            await client.import_image(**{"source": files(), **keywords})


async def test_an_import_that_is_ended_leaves_no_image(client: DockerClient, engine: Engine, name: Names) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield files(b"x" * 1_000_000)[:500_000]
        sent.set()
        await asyncio.Event().wait()

    label, sent, tag = f"mlng-test={uuid.uuid4()}", asyncio.Event(), name.image("v1")
    importing = asyncio.create_task(client.import_image(endless(), tag, changes=f"LABEL {label}"))
    await sent.wait()
    importing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await importing
    with pytest.raises(OperationTimeout):
        await client.import_image(endless(), tag, changes=f"LABEL {label}", timeout=0.3)
    assert labelled(engine, label) == []
    assert not has_image(engine, tag)


@pytest.mark.engines("new")
async def test_another_platform(client: DockerClient, engine: Engine) -> None:
    made = await client.import_image(files(), platform="linux/arm64")
    try:
        about = engine.api_get(f"/images/{made}/json")
        assert (about["Os"], about["Architecture"]) == ("linux", "arm64")
    finally:
        engine.docker("rmi", made)
