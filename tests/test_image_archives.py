"""Images as archives: files and asynchronous iterators."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.console import Console

from ml_nexus_go import (
    DockerClient,
    ImageNotFound,
    InvalidArgument,
    OperationTimeout,
    PathNotFound,
    Progress,
)

from .support.bed import Engine
from .support.images import has_image, import_image
from .support.names import Names

pytestmark = pytest.mark.by_turns


@pytest.fixture
def mine(engine: Engine, name: Names) -> str:
    """An image of one megabyte."""
    reference = name.image("v1")
    import_image(engine, reference, 1_000_000)
    return reference


async def parts(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]
        await asyncio.sleep(0)


async def test_a_file(client: DockerClient, engine: Engine, mine: str, tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    seen: list[object] = []
    count = await client.save_image(mine, path, on_progress=seen.append)
    assert path.stat().st_size == count > 1_000_000
    assert path.stat().st_mode & 0o777 == 0o600
    last = seen[-1]
    assert isinstance(last, Progress)
    assert (last.done, last.total) == (count, count)
    engine.docker("rmi", mine)
    seen.clear()
    assert await client.load_image(str(path), on_progress=seen.append) == [mine]
    assert has_image(engine, mine)
    assert any(isinstance(event, Progress) and event.done == count for event in seen)
    engine.docker("load", "-i", str(path))


async def test_bars(
    client: DockerClient, engine: Engine, mine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "image.tar"
    drawn = io.StringIO()
    console = Console(file=drawn, force_terminal=True, width=100)
    monkeypatch.setattr("rich.progress.Console", lambda **keywords: console)

    def check() -> None:
        assert f"{count / 1e6:.1f}/{count / 1e6:.1f} MB" in drawn.getvalue()
        drawn.truncate(0)

    count = await client.save_image(mine, path, progress=True)
    check()
    await client.load_image(path, progress=True)
    check()
    await client.load_image(parts(path.read_bytes()), progress=True)
    check()
    seen: list[object] = []
    await client.save_image(mine, path, progress=True, on_progress=seen.append)
    assert seen


async def test_no_bars_without_a_terminal(
    client: DockerClient, mine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    await client.save_image(mine, tmp_path / "image.tar", progress=True)
    await client.load_image(tmp_path / "image.tar", progress=True)
    assert not screen.getvalue()
    with pytest.raises(InvalidArgument, match="on_progress takes a function"):
        await client.save_image(mine, tmp_path / "image.tar", progress=print)  # type: ignore[arg-type]


async def test_streams(client: DockerClient, engine: Engine, mine: str) -> None:
    chunks = [chunk async for chunk in client.stream_image(mine)]
    content = b"".join(chunks)
    assert len(chunks) > 2
    for source in (
        content,
        bytearray(content),
        parts(content),
        gzip.compress(content, 1),
        parts(gzip.compress(content, 1)),
    ):
        engine.docker("rmi", mine)
        assert await client.load_image(source) == [mine]
        assert has_image(engine, mine)


async def test_from_one_client_to_another(connect_to, engine: Engine, mine: str) -> None:  # type: ignore[no-untyped-def]
    first, second = connect_to(), connect_to()
    assert await second.load_image(first.stream_image(mine)) == [mine]


async def test_several_images(client: DockerClient, engine: Engine, mine: str, image: str, tmp_path: Path) -> None:
    await client.save_image([mine, f"{image}:latest"], tmp_path / "two.tar")
    assert sorted(await client.load_image(tmp_path / "two.tar")) == sorted([mine, f"{image}:latest"])


async def test_a_reader_that_stops_early(client: DockerClient, mine: str) -> None:
    reading = client.stream_image(mine)
    assert await anext(aiter(reading))
    await reading.aclose()


async def test_a_source_that_fails(client: DockerClient, engine: Engine, mine: str) -> None:
    content = b"".join([chunk async for chunk in client.stream_image(mine)])
    engine.docker("rmi", mine)

    async def broken() -> AsyncIterator[bytes]:
        yield content[: len(content) // 2]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await client.load_image(broken())
    with pytest.raises(InvalidArgument):
        await client.load_image(content[: len(content) // 2])
    assert not has_image(engine, mine)


async def test_cancelling(client: DockerClient, engine: Engine, mine: str, tmp_path: Path) -> None:
    content = b"".join([chunk async for chunk in client.stream_image(mine)])
    engine.docker("rmi", mine)
    waiting = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield content[: len(content) // 2]
        waiting.set()
        await asyncio.Event().wait()

    loading = asyncio.create_task(client.load_image(half()))
    await waiting.wait()
    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading
    with pytest.raises(OperationTimeout):
        await client.load_image(half(), timeout=0.5)
    assert not has_image(engine, mine)

    await client.load_image(content)

    def stop(event: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await client.save_image(mine, tmp_path / "image.tar", on_progress=stop)
    # The core goes on until the cancellation arrives, so it may complete the file. A part never stays.
    left = os.listdir(tmp_path)
    assert left in ([], ["image.tar"])
    if left:
        assert await client.load_image(tmp_path / "image.tar") == [mine]


async def test_arguments(client: DockerClient, mine: str, tmp_path: Path) -> None:
    with pytest.raises(ImageNotFound):
        await client.save_image("mlng-none:v1", tmp_path / "x.tar")
    with pytest.raises(PathNotFound, match=r"none/x\.tar"):
        await client.save_image(mine, tmp_path / "none" / "x.tar")
    with pytest.raises(PathNotFound):
        await client.load_image(tmp_path / "none.tar")
    for path in (tmp_path, os.devnull):
        with pytest.raises(InvalidArgument):
            await client.save_image(mine, path)
    for source in (7, None, ["a"], b"", b"no archive" * 1000):
        with pytest.raises(InvalidArgument):
            await client.load_image(source)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument):
        await client.save_image([], tmp_path / "x.tar")
    assert os.listdir(tmp_path) == []
    with pytest.raises(ImageNotFound):
        async for _ in client.stream_image("mlng-none:v1"):
            pass
