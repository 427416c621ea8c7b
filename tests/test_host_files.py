"""Files on the host: the machine whose paths ``-v`` names, which for the testbed is this one."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_nexus_go import (
    Conflict,
    DockerClient,
    InvalidArgument,
    OperationTimeout,
    PathNotFound,
    Progress,
)

from .support.wait import DEADLINE

pytestmark = pytest.mark.engines("new")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small tree."""
    top = tmp_path / "source"
    (top / "sub").mkdir(parents=True)
    (top / "a.txt").write_text("one")
    (top / "sub" / "ü b").write_bytes(b"x" * 300_000)
    (top / "link").symlink_to("a.txt")
    (top / "skip.pyc").write_text("no")
    return top


async def test_sync_and_mount(client: DockerClient, source: Path, tmp_path: Path, image: str) -> None:
    there = tmp_path / "there"
    first = await client.sync_to_host(source, there, excludes=["*.pyc"])
    assert (first.files_sent, first.bytes_sent, first.unchanged, first.issues) == (2, 300_003, 0, [])
    again = await client.sync_to_host(str(source) + "/", str(there), excludes="*.pyc", delete=True)
    assert (again.files_sent, again.unchanged, again.deleted) == (0, 2, 0)
    result = await client.run_container(image, ["cat", "/data/link"], ["--rm", "-v", f"{there}:/data"])
    assert result.stdout == "one"
    assert not (there / "skip.pyc").exists()


async def test_rules_and_delete(client: DockerClient, source: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    (there / "cache").mkdir(parents=True)
    (there / "cache" / "kept").write_text("x")
    (there / "old").write_text("x")
    report = await client.sync_to_host(
        source, there, delete=True, filters=["+ /sub/", "- /sub/*"], includes=["a.*"], excludes=["/cache/", "*.pyc"]
    )
    assert report.deleted == 1
    assert sorted(p.name for p in there.iterdir()) == ["a.txt", "cache", "link", "sub"]
    assert list((there / "sub").iterdir()) == []


async def test_sync_from_the_host(
    client: DockerClient, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here" / "work").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "work")
    here = tmp_path / "here" / "results"
    first = await client.sync_from_host(source, "../results", excludes="*.pyc")
    assert (first.files_sent, first.bytes_sent, first.unchanged, first.issues) == (2, 300_003, 0, [])
    (source / "sub" / "ü b").write_text("changed")
    (here / "old").write_text("x")
    (here / "kept.pyc").write_text("x")
    again = await client.sync_from_host(f"{source}/", here, excludes=["*.pyc"], delete=True)
    assert (again.way, again.files_sent, again.unchanged, again.deleted) == (first.way, 1, 1, 1)
    assert sorted(p.name for p in here.iterdir()) == ["a.txt", "kept.pyc", "link", "sub"]
    assert (here / "link").readlink() == Path("a.txt")
    assert (here / "sub" / "ü b").read_text() == "changed"
    assert (here / "a.txt").stat().st_mtime_ns // 10**9 == (source / "a.txt").stat().st_mtime_ns // 10**9


async def test_sync_from_the_host_refuses(client: DockerClient, source: Path, tmp_path: Path) -> None:
    for destination in ("/", "/etc", "/home/somebody", f"{tmp_path}/../../../..", "/usr/bin"):
        with pytest.raises(InvalidArgument, match="refused"):
            await client.sync_from_host(source, destination, delete=True)
    for remote in ("", "relative", "~/x"):
        with pytest.raises(InvalidArgument):
            await client.sync_from_host(remote, tmp_path / "here")
    with pytest.raises(PathNotFound):
        await client.sync_from_host(tmp_path / "none", tmp_path / "here")
    with pytest.raises(Conflict, match="folder"):
        await client.sync_from_host(source / "sub", source / "a.txt")
    assert not (tmp_path / "here").exists()


async def test_upload_download(client: DockerClient, source: Path, tmp_path: Path) -> None:
    sent = await client.upload_to_host(source / "sub" / "ü b", f"{tmp_path}/made/here/", checksum=True)
    assert sent.path == f"{tmp_path}/made/here/ü b"
    assert (sent.files, sent.bytes, len(sent.sha256)) == (1, 300_000, 64)
    back = await client.download_from_host(sent.path, tmp_path / "back")
    assert back.path == str(tmp_path / "back")
    assert Path(back.path).read_bytes() == b"x" * 300_000
    folder = await client.download_from_host(source, tmp_path / "folder")
    assert folder.files == 3
    assert (tmp_path / "folder" / "link").readlink() == Path("a.txt")


async def test_relative_local_paths(
    client: DockerClient, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(source)
    await client.upload_to_host("a.txt", tmp_path / "copy")
    await client.download_from_host(tmp_path / "copy", "b.txt")
    assert (source / "b.txt").read_text() == "one"


async def test_mkdir_delete(client: DockerClient, source: Path, tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    await client.mkdir_on_host(deep)
    await client.mkdir_on_host(str(deep))
    assert deep.is_dir()
    assert await client.delete_on_host(source) == 6
    assert await client.delete_on_host(source) == 0


NONE = "mlng-none-4f0c1a"  # a name that nobody uses: no test really deletes anything


@pytest.mark.parametrize(
    "path",
    ["", "/", "~", "~/x", "x", "/x/..", "/etc", "/proc/1", "/home/somebody", "/nfs/home/somebody", "/var/home/somebody"]
    + [
        f"{folder}/{NONE}"
        for folder in ("", "/usr/bin", "/usr/lib/x86_64-linux-gnu", "/lib/modules", "/var/lib/docker")
    ],
)
async def test_refused_deletions(client: DockerClient, path: str) -> None:
    with pytest.raises(InvalidArgument, match="refused"):
        await client.delete_on_host(path)


@pytest.fixture
def system_folder() -> Iterator[Path]:
    """A folder for this test in a system folder that every host of the testbed sees."""
    with tempfile.TemporaryDirectory(dir="/usr/lib", prefix="mlng-test-") as folder:
        yield Path(folder)


async def test_system_paths_behind_symlinks(
    client: DockerClient, source: Path, tmp_path: Path, system_folder: Path
) -> None:
    (system_folder / "inner").mkdir()
    (system_folder / "inner" / "precious").write_text("x")
    link = tmp_path / "looks-harmless"
    link.symlink_to(system_folder / "inner")
    with pytest.raises(InvalidArgument, match=f"leads to {system_folder}/inner.*allow_system_paths"):
        await client.sync_to_host(source, link, delete=True)
    with pytest.raises(InvalidArgument, match="allow_system_paths"):
        await client.delete_on_host(link / "precious")
    assert [p.name for p in (system_folder / "inner").iterdir()] == ["precious"]
    report = await client.sync_to_host(source, link, delete=True, allow_system_paths=True)
    assert report.deleted == 1
    assert await client.delete_on_host(system_folder / "inner", allow_system_paths=True) == 6
    with pytest.raises(InvalidArgument, match="refused"):
        await client.delete_on_host("/", allow_system_paths=True)


async def test_errors(client: DockerClient, source: Path, tmp_path: Path) -> None:
    with pytest.raises(PathNotFound):
        await client.sync_to_host(tmp_path / "none", tmp_path / "there")
    with pytest.raises(FileNotFoundError):
        await client.download_from_host(tmp_path / "none", tmp_path / "there")
    with pytest.raises(Conflict, match="folder"):
        await client.sync_to_host(source / "sub", source / "a.txt")
    with pytest.raises(InvalidArgument, match="merge"):
        await client.sync_to_host(source, tmp_path / "there", filters=["merge x"])
    with pytest.raises(InvalidArgument):
        await client.sync_to_host(source, tmp_path / "there", excludes=[1])  # type: ignore[list-item]
    with pytest.raises(InvalidArgument):
        await client.sync_to_host(source, tmp_path / "there", progress="yes")  # type: ignore[arg-type]
    assert not (tmp_path / "there").exists()


async def test_progress_callback(client: DockerClient, source: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    await client.sync_to_host(source, tmp_path / "there", progress=seen.append)
    assert seen[-1].done == 300_005
    assert seen[-1].files == 3
    assert [p.done for p in seen] == sorted(p.done for p in seen)


async def test_a_callback_that_raises_ends_the_sync(client: DockerClient, source: Path, tmp_path: Path) -> None:
    def refuse(_: Progress) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        await client.sync_to_host(source, tmp_path / "there", on_progress=refuse)


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        return True


async def test_bar(client: DockerClient, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    await client.sync_to_host(source, tmp_path / "there", progress=True)
    assert "3 files" in terminal.getvalue()
    monkeypatch.setattr(sys, "stderr", plain := io.StringIO())
    await client.upload_to_host(source / "a.txt", tmp_path / "there", progress=True)
    assert plain.getvalue() == ""


async def test_cancel_and_timeout_leave_nothing(client: DockerClient, tmp_path: Path) -> None:
    big = tmp_path / "source"
    big.mkdir()
    for number in range(4):
        with (big / f"f{number}").open("wb") as file:
            file.truncate(16 << 30)  # a hole: it is read and sent as zeros, longer than this process may be held up
    there = tmp_path / "there"
    begun = asyncio.Event()
    task = asyncio.create_task(client.sync_to_host(big, there, progress=lambda _: begun.set()))
    await asyncio.wait_for(begun.wait(), DEADLINE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(OperationTimeout):
        await client.sync_to_host(big, there, timeout=0.3)
    left = [name for name in os.listdir(there) if name.startswith(".")]
    assert left == []
    assert all((there / name).stat().st_size == 16 << 30 for name in os.listdir(there))
