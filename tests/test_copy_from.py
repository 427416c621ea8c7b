"""copy_from_container: the rules of docker cp, and untrusted archives."""

from __future__ import annotations

import asyncio
import os
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ml_nexus_go import (
    Conflict,
    DockerClient,
    DockerError,
    PathNotFound,
    PermissionDenied,
    Progress,
    connect,
)

from .support.bed import Engine
from .support.fake_engine import archive, lying_engine, member
from .support.wait import DEADLINE

pytestmark = pytest.mark.by_turns

MAKE = """
mkdir -p /src/sub/empty /src/other
echo a >/src/a.txt; echo b >/src/sub/run.sh; chmod 755 /src/sub/run.sh
ln -s sub/run.sh /src/link; ln -s /no/where /src/dangling; ln -s sub /src/dirlink
printf x >/src/-; printf ü >'/src/name with spaces, ü'
chown 1234:2345 /src/a.txt
"""


@pytest.fixture(scope="session")
def source(engine: Engine, box: str) -> str:
    """A container that nobody changes."""
    engine.docker("exec", box, "sh", "-c", MAKE)
    return box


def tree(top: Path) -> list[tuple[str, str, int, str]]:
    """Return everything below a folder: name, kind, mode, content."""
    rows = []
    for path in sorted(top.rglob("*")):
        about = path.lstat()
        if path.is_symlink():
            rows.append((str(path.relative_to(top)), "link", 0, os.readlink(path)))
        elif path.is_dir():
            rows.append((str(path.relative_to(top)), "dir", about.st_mode & 0o777, ""))
        else:
            rows.append((str(path.relative_to(top)), "file", about.st_mode & 0o777, path.read_text()))
    return rows


@pytest.mark.parametrize(
    ("path", "destination"),
    [
        ("/src/a.txt", "new"),
        ("/src/a.txt", "dir"),
        ("/src/a.txt", "dir/"),
        ("/src/a.txt", "old.txt"),
        ("/src", "new"),
        ("/src", "dir"),
        ("/src/.", "new"),
        ("/src/.", "dir"),
        ("/src/", "dir/"),
        ("src/sub", "relative"),
        ("/src/link", "new"),
        ("/src/dirlink", "new"),
        ("/src/dangling", "new"),
        ("/src/-", "-"),
        ("/src/name with spaces, ü", "new name"),
    ],
)
async def test_as_docker_cp(
    client: DockerClient, engine: Engine, source: str, tmp_path: Path, path: str, destination: str
) -> None:
    for way in ("ours", "theirs"):
        (tmp_path / way / "dir").mkdir(parents=True)
        (tmp_path / way / "old.txt").write_text("old")
        to = f"{tmp_path}/{way}/{destination}"
        if way == "ours":
            await client.copy_from_container(source, path, to)
        else:
            engine.docker("cp", f"{source}:{path}", to)
    assert tree(tmp_path / "ours") == tree(tmp_path / "theirs")


async def test_a_relative_destination_starts_at_the_working_directory(
    client: DockerClient, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    copied = await client.copy_from_container(source, "/src/a.txt", "here.txt")
    assert (tmp_path / "here.txt").read_text() == "a\n"
    assert (copied.files, copied.bytes) == (1, 2)


async def test_owners_are_kept_where_asked(client: DockerClient, source: str, tmp_path: Path) -> None:
    await client.copy_from_container(source, "/src/a.txt", tmp_path / "plain")
    await client.copy_from_container(source, "/src/a.txt", tmp_path / "archive", archive=True)
    assert (tmp_path / "plain").stat().st_uid == os.getuid()
    about = (tmp_path / "archive").stat()
    assert (about.st_uid, about.st_gid) == (1234, 2345)


async def test_follow_link(client: DockerClient, source: str, tmp_path: Path) -> None:
    await client.copy_from_container(source, "/src/link", tmp_path / "real", follow_link=True)
    assert not (tmp_path / "real").is_symlink()
    assert (tmp_path / "real").read_text() == "b\n"


@pytest.mark.parametrize(
    ("path", "destination"),
    [("/src/none", "x"), ("/src/a.txt", "none/"), ("/src/a.txt", "no/such/dir"), ("/src", "old.txt")],
)
async def test_what_docker_cp_refuses(
    client: DockerClient, source: str, tmp_path: Path, path: str, destination: str
) -> None:
    (tmp_path / "old.txt").write_text("old")
    with pytest.raises((PathNotFound, Conflict)):
        await client.copy_from_container(source, path, f"{tmp_path}/{destination}")
    assert [entry.name for entry in tmp_path.iterdir()] == ["old.txt"]


async def test_names_that_are_not_utf8(client: DockerClient, container: str, tmp_path: Path) -> None:
    await client.exec_container(container, r"mkdir /d; echo x >$(printf '/d/caf\351')", shell=True)
    await client.copy_from_container(container, "/d", tmp_path / "d")
    assert os.listdir(os.fsencode(tmp_path / "d")) == [b"caf\xe9"]


async def test_a_place_where_nothing_may_be_written(client: DockerClient, source: str) -> None:
    with pytest.raises((PermissionDenied, DockerError)):
        await client.copy_from_container(source, "/src/a.txt", "/proc/here")


async def test_progress(client: DockerClient, container: str, tmp_path: Path) -> None:
    await client.exec_container(container, ["dd", "if=/dev/zero", "of=/big", "bs=1M", "count=20"])
    seen: list[Progress] = []
    copied = await client.copy_from_container(container, "/big", tmp_path / "big", progress=seen.append)
    assert copied.bytes == 20 << 20
    assert seen
    assert seen[-1].done <= copied.bytes


async def test_a_cancelled_copy(client: DockerClient, container: str, tmp_path: Path) -> None:
    await client.exec_container(container, ["truncate", "-s", "100G", "/huge"])
    began = asyncio.Event()
    copying = asyncio.ensure_future(
        client.copy_from_container(container, "/huge", tmp_path / "huge", progress=lambda _: began.set())
    )
    await asyncio.wait_for(began.wait(), DEADLINE)
    copying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await copying


async def test_links_of_an_earlier_copy_are_not_followed(client: DockerClient, container: str, tmp_path: Path) -> None:
    """The container first gives a link that leaves the destination, then a folder in its place."""
    outside = tmp_path / "outside"
    outside.mkdir()
    await client.exec_container(
        container, f"mkdir /src && ln -s {outside} /src/sub && ln -s {outside}/f /src/f", shell=True
    )
    await client.copy_from_container(container, "/src", tmp_path / "dst")
    assert (tmp_path / "dst" / "sub").is_symlink()
    script = "rm /src/sub /src/f && mkdir /src/sub && echo evil >/src/sub/f && echo evil >/src/f"
    await client.exec_container(container, script, shell=True)
    with suppress(DockerError):
        await client.copy_from_container(container, "/src/.", tmp_path / "dst")
    assert list(outside.iterdir()) == []


EVIL = {
    "dots": [member("../escaped")],
    "dots in between": [member("src/../../escaped")],
    "absolute": [member("/tmp/mlng-escaped")],
    "through a link": [member("src/l", kind=tarfile.SYMTYPE, link=".."), member("src/l/../escaped")],
    "through an absolute link": [member("src/l", kind=tarfile.SYMTYPE, link="@OUT@"), member("src/l/escaped")],
    "link over link": [
        member("src/a", kind=tarfile.SYMTYPE, link=".."),
        member("src/b", kind=tarfile.SYMTYPE, link="a/.."),
        member("src/b/escaped"),
    ],
    "hard link": [member("src/h", kind=tarfile.LNKTYPE, link="../../@VICTIM@"), member("src/h")],
    "hard link, absolute": [member("src/h", kind=tarfile.LNKTYPE, link="@OUT@/victim"), member("src/h")],
    "folder over link": [
        member("src/l", kind=tarfile.SYMTYPE, link="@OUT@"),
        member("src/l", kind=tarfile.DIRTYPE),
        member("src/l/escaped"),
    ],
    "top is a link": [member("src", kind=tarfile.SYMTYPE, link="@OUT@"), member("src/escaped")],
    "empty name": [member("")],
    "another top": [member("other/escaped")],
    "device": [member("src/dev", kind=tarfile.CHRTYPE)],
}


@pytest.fixture
def evil(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    members = [member("src", kind=tarfile.DIRTYPE)] if request.param != "top is a link" else []
    for info, data in EVIL[request.param]:
        info.linkname = info.linkname.replace("@OUT@", str(tmp_path / "out")).replace("@VICTIM@", "out/victim")
        members.append((info, data))
    with lying_engine(tmp_path, archive(*members)) as host:
        yield host


@pytest.mark.parametrize("evil", EVIL, indirect=True)
@pytest.mark.parametrize("exists", [True, False])
async def test_a_hostile_archive_writes_nothing_outside(evil: str, tmp_path: Path, exists: bool) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "victim").write_text("unharmed")
    destination = tmp_path / "in" / "dst"
    (destination if exists else destination.parent).mkdir(parents=True)
    async with connect(evil) as client:
        with suppress(DockerError):  # refused, or unpacked without what leads outside
            await client.copy_from_container("box", "/src", destination)
    assert (tmp_path / "out" / "victim").read_text() == "unharmed"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["victim"]
    assert sorted(path.name for path in tmp_path.iterdir()) in (["in", "out", "s"],)
    assert {path.name for path in (tmp_path / "in").iterdir()} <= {"dst"}
    assert not Path("/tmp/mlng-escaped").exists()


async def test_an_archive_that_ends_early(tmp_path: Path) -> None:
    whole = archive(member("src", kind=tarfile.DIRTYPE), member("src/f", bytes(100_000)))
    with lying_engine(tmp_path, whole[:50_000]) as host:
        async with connect(host) as client:
            with pytest.raises(DockerError):
                await client.copy_from_container("box", "/src", tmp_path / "dst")


async def test_an_archive_that_is_none(tmp_path: Path) -> None:
    with lying_engine(tmp_path, b"nonsense" * 1000) as host:
        async with connect(host) as client:
            with pytest.raises(DockerError):
                await client.copy_from_container("box", "/src", tmp_path / "dst")
