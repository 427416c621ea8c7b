"""Files of containers, for programs: read, look, list."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

from ml_nexus_go import (
    Conflict,
    ContainerNotFound,
    DockerClient,
    FileEntry,
    InvalidArgument,
    OperationTimeout,
    PathNotFound,
)

from .conftest import Connect
from .support.bed import Engine
from .support.names import Names
from .support.recorder import Recorder
from .support.wait import DEADLINE

pytestmark = pytest.mark.by_turns

CONTENT = os.urandom(1024)


@pytest.fixture
async def source(client: DockerClient, container: str, tmp_path: Path) -> str:
    (tmp_path / "kb").write_bytes(CONTENT)
    await client.copy_to_container(tmp_path / "kb", container, "/kb")
    make = "mkdir /d; printf 'gr\\303\\274n' >/d/text; ln -s text /d/link; touch -d @1000000000 /d/text; mkfifo /d/fifo"
    await client.exec_container(container, make, shell=True)
    return container


@pytest.mark.connections("local")
async def test_a_small_file_is_one_request(
    source: str, connect_to: Connect, engine: Engine, tmp_path: Path, nothing_left: list[DockerClient]
) -> None:
    async with Recorder(engine.socket, tmp_path) as recorder:
        client = Engine(engine.name, via=recorder.socket).connect()
        await client.ping()
        recorder.requests.clear()
        assert await client.read_file(source, "/kb") == CONTENT
        assert recorder.requests == [f"GET /containers/{source}/archive"]
        recorder.requests.clear()
        assert await client.read_file(source, "/d/link", encoding="utf-8") == "grün"
        assert recorder.requests == [f"GET /containers/{source}/archive"] * 2
        recorder.requests.clear()
        assert await client.file_exists(source, "/kb")
        assert sorted(recorder.requests) == [f"GET /containers/{source}/json", f"HEAD /containers/{source}/archive"]
        await client.aclose()


async def test_bytes_and_text(client: DockerClient, source: str) -> None:
    assert await client.read_file(source, Path("/kb")) == CONTENT
    assert await client.read_file(source, "/d/text") == "grün".encode()
    assert await client.read_file(source, "/d/text", encoding="utf-8", timeout=DEADLINE) == "grün"
    with pytest.raises(UnicodeDecodeError):
        await client.read_file(source, "/d/text", encoding="ascii")


async def test_entries_are_typed(client: DockerClient, source: str) -> None:
    fifo, link, text = await client.list_files(source, "/d")
    assert (fifo.name, fifo.type, link.type, link.link_target) == ("fifo", "special", "symlink", "text")
    assert text == FileEntry(
        name="text",
        path="/d/text",
        type="file",
        size=5,
        mode=0o644,
        mtime=datetime(2001, 9, 9, 1, 46, 40, tzinfo=timezone.utc),
        uid=0,
        gid=0,
        link_target=None,
    )
    assert await client.stat_file(source, "/d/text") == text
    assert (await client.stat_file(source, "/d/link")).size == 5
    assert (await client.stat_file(source, "/d/link", follow_symlinks=False)).link_target == "text"
    assert {entry.name for entry in await client.list_files(source)} >= {"bin", "d", "etc", "kb"}


async def test_a_large_file_streams(client: DockerClient, source: str) -> None:
    await client.exec_container(source, "truncate -s 3G /large; printf end >>/large", shell=True)
    received = 0
    async for part in client.stream_file(source, "/large"):
        received += len(part)
        last = part
        if received > 100 << 20:
            break  # the rest is not awaited
    assert not last.strip(b"\0")
    assert b"".join([part async for part in client.stream_file(source, "/kb")]) == CONTENT
    with pytest.raises(
        InvalidArgument, match=r"3221225475 bytes, more than max_size=1073741824.* stream_file"
    ) as failure:
        await client.read_file(source, "/large")
    assert failure.value.details["size"] == (3 << 30) + 3
    with pytest.raises(OperationTimeout):
        await client.read_file(source, "/large", max_size=None, timeout=0.01)
    task = asyncio.create_task(client.read_file(source, "/large", max_size=None))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await client.read_file(source, "/kb", max_size=1024) == CONTENT


async def test_errors_name_path_and_container(client: DockerClient, source: str, name: Names) -> None:
    with pytest.raises(PathNotFound, match=f"there is no /none in the container {source}") as missing:
        await client.read_file(source, "/none")
    assert isinstance(missing.value, FileNotFoundError)
    assert (missing.value.details["path"], missing.value.details["container"]) == ("/none", source)
    assert missing.value.op == "read_file"
    with pytest.raises(Conflict, match=f"/d in the container {source} is a folder"):
        await client.read_file(source, "/d")
    with pytest.raises(InvalidArgument, match=r"/d/fifo .* neither a file nor a folder"):
        await client.read_file(source, "/d/fifo")
    with pytest.raises(InvalidArgument, match='"d/text" is not absolute'):
        await client.read_file(source, "d/text")
    with pytest.raises(InvalidArgument, match="max_size"):
        await client.read_file(source, "/kb", max_size=-1)
    with pytest.raises(InvalidArgument, match="path must be a str"):
        await client.read_file(source, b"/kb")  # type: ignore[call-overload]
    with pytest.raises(PathNotFound):
        await client.list_files(source, "/none")
    with pytest.raises(Conflict, match=f"/kb is not a folder in the container {source}"):
        await client.list_files(source, "/kb")
    for call in (client.file_exists, client.list_files, client.stat_file, client.read_file):
        with pytest.raises(ContainerNotFound):
            await call(name(), "/")


async def test_the_tmpfs_counts_where_it_covers_a_file(client: DockerClient, name: Names, image: str) -> None:
    mine = name("covered")
    await client.run_container(image, ["sleep", "3600"], ["-d", "--name", mine, "--tmpfs", "/etc"])
    assert not await client.file_exists(mine, "/etc/passwd")
    with pytest.raises(PathNotFound):
        await client.read_file(mine, "/etc/passwd")
    assert [entry.name for entry in await client.list_files(mine, "/etc")] == ["hostname", "hosts", "resolv.conf"]
