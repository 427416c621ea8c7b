"""copy_to_container: the rules of docker cp."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import (
    Conflict,
    ContainerNotRunning,
    DockerClient,
    DockerError,
    EngineError,
    InvalidArgument,
    OperationTimeout,
    PathNotFound,
    Progress,
)

from .support.bed import Engine
from .support.names import Names

pytestmark = pytest.mark.by_turns

LISTING = (
    "find . | sort | while read f; do stat -c '%n %F %a %s' \"$f\"; done; find . -type l | sort | xargs -r -n1 readlink"
)

# What each copy finds.
FRESH = (
    "rm -r /tmp; mkdir -m 1777 /tmp; mkdir -p /tmp/dir/real; ln -s real /tmp/dir/link-to-dir; echo old >/tmp/dir/a.txt"
)


async def listing(client: DockerClient, container: str, path: str) -> str:
    return str(await client.exec_container(container, LISTING, ["-w", path], shell=True))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files, folders, symlinks; an empty folder, odd names, modes."""
    top = tmp_path / "tree"
    (top / "sub" / "empty").mkdir(parents=True)
    (top / "a.txt").write_text("a")
    (top / "sub" / "run.sh").write_text("#!/bin/sh\n")
    (top / "sub" / "run.sh").chmod(0o755)
    (top / "sub" / "name with spaces, ü").write_text("ü")
    (top / "link").symlink_to("sub/run.sh")
    (top / "dangling").symlink_to("/no/where")
    (top / "-").write_text("dash")
    return top


@pytest.fixture(scope="session")
def pair(engine: Engine, image: str) -> Iterator[list[str]]:
    """Two containers: what is copied to one is compared with what is copied to the other."""
    names = Names(engine)
    made = [names("pair"), names("pair")]
    for one in made:
        engine.docker("run", "-d", "--init", "--name", one, image, "sleep", "3600")
    yield made
    names.clean()


@pytest.fixture
def there() -> str:
    """A path in a container that no other test has."""
    return f"/tmp/{uuid.uuid4().hex}"


async def test_a_file(client: DockerClient, box: str, there: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\x00\xffdata")
    copied = await client.copy_to_container(tmp_path / "f", box, there)
    assert (copied.files, copied.bytes) == (1, 6)
    assert (await client.exec_container(box, ["cat", there])).stdout_bytes == b"\x00\xffdata"


async def test_a_tmpfs(client: DockerClient, image: str, name: Names, tree: Path, tmp_path: Path) -> None:
    box = name()
    await client.run_container(image, ["sleep", "600"], ["-d", "--name", box, "--tmpfs", "/scratch", "--read-only"])
    for place in ("/scratch/there", "/dev/shm/there"):
        await client.copy_to_container(tree, box, place)
        seen = await client.exec_container(
            box, ["sh", "-c", f"cd {place}; cat a.txt; readlink link; stat -c %a sub/run.sh"]
        )
        assert seen.stdout == "asub/run.sh\n755\n"
        await client.mkdir_in_container(box, f"{place}/new/folder")
        await client.copy_from_container(box, place, tmp_path / place.replace("/", "-"))
        assert (tmp_path / place.replace("/", "-") / "sub" / "name with spaces, ü").read_text() == "ü"
        assert (tmp_path / place.replace("/", "-") / "new" / "folder").is_dir()
    await client.stop_container(box, timeout=0)
    with pytest.raises(ContainerNotRunning, match="tmpfs of the container"):
        await client.copy_to_container(tree / "a.txt", box, "/scratch/a")


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ("a.txt", "/tmp"),
        ("a.txt", "/tmp/"),
        ("a.txt", "/tmp/new"),
        ("a.txt", "/tmp/dir/a.txt"),
        (".", "/tmp/new"),
        (".", "/tmp/dir"),
        ("./.", "/tmp/new"),
        ("./.", "/tmp/dir"),
        ("sub/", "/tmp/dir/"),
        ("link", "/tmp/new"),
        ("-", "/tmp/new"),
        ("-", "/tmp/-"),
        ("sub", "tmp/relative"),
        ("sub", "/tmp/dir/link-to-dir"),
    ],
)
async def test_as_docker_cp(
    client: DockerClient, engine: Engine, pair: list[str], tree: Path, source: str, destination: str
) -> None:
    """The same copy by docker's command, in a second container."""
    outcomes = []
    for container in pair:
        engine.docker("exec", container, "sh", "-c", FRESH)
        path = f"{tree}/{source}" if source != "." else str(tree)
        if container == pair[0]:
            await client.copy_to_container(path, container, destination)
        else:
            engine.docker("cp", path, f"{container}:{destination}")
        outcomes.append(await listing(client, container, "/tmp"))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(
    ("source", "destination"), [("sub", "/etc/passwd"), ("a.txt", "/tmp/none/"), ("a.txt", "/no/such/dir/f")]
)
async def test_what_docker_cp_refuses(
    client: DockerClient, box: str, tree: Path, source: str, destination: str
) -> None:
    with pytest.raises((Conflict, PathNotFound)):
        await client.copy_to_container(tree / source, box, destination)


async def test_into_a_container_that_does_not_run(
    client: DockerClient, engine: Engine, image: str, name: Names, tree: Path
) -> None:
    mine = name()
    engine.docker("create", "--name", mine, image, "cat", "/tmp/a.txt")
    await client.copy_to_container(tree / "a.txt", mine, "/tmp")
    assert engine.docker("start", "-a", mine).stdout == "a"


async def test_owners_as_docker_cp(
    client: DockerClient, engine: Engine, image: str, name: Names, tmp_path: Path
) -> None:
    """Kept by number; with -a the container's own user gets everything."""
    (tmp_path / "f").write_text("x")
    os.chown(tmp_path / "f", 1234, 2345)
    mine = name()
    await client.run_container(image, ["sleep", "3600"], ["-d", "-u", "1000", "--name", mine])
    await client.copy_to_container(tmp_path / "f", mine, "/tmp/ours")
    await client.copy_to_container(tmp_path / "f", mine, "/tmp/ours-a", archive=True)
    engine.docker("cp", tmp_path / "f", f"{mine}:/tmp/theirs")
    engine.docker("cp", "-a", tmp_path / "f", f"{mine}:/tmp/theirs-a")
    paths = ["/tmp/ours", "/tmp/theirs", "/tmp/ours-a", "/tmp/theirs-a"]
    ours, theirs, ours_a, theirs_a = (await client.exec_container(mine, ["stat", "-c", "%u:%g", *paths])).split()
    assert ours == theirs == "1234:2345"
    assert ours_a == theirs_a


async def test_follow_link(client: DockerClient, box: str, there: str, tree: Path) -> None:
    await client.copy_to_container(tree / "link", box, there)
    await client.copy_to_container(tree / "link", box, f"{there}-real", follow_link=True)
    kinds = await client.exec_container(box, ["stat", "-c", "%F", there, f"{there}-real"])
    assert kinds.splitlines() == ["symbolic link", "regular file"]


async def test_names_that_are_not_utf8(client: DockerClient, box: str, there: str, tmp_path: Path) -> None:
    top = os.fsencode(tmp_path) + b"/d"
    os.mkdir(top)
    with open(top + b"/caf\xe9", "wb") as file:
        file.write(b"latin")
    await client.copy_to_container(os.fsdecode(top), box, there)
    assert (
        await client.exec_container(box, f"echo {there}/*", shell=True)
    ).stdout_bytes == there.encode() + b"/caf\xe9\n"
    with pytest.raises(InvalidArgument, match="UTF-8"):
        await client.copy_to_container(top + b"/caf\xe9", box, there)


async def test_a_source_that_is_missing(client: DockerClient, box: str, tmp_path: Path) -> None:
    with pytest.raises(PathNotFound, match="none") as failure:
        await client.copy_to_container(tmp_path / "none", box, "/tmp/x")
    assert isinstance(failure.value, FileNotFoundError)
    assert failure.value.filename == str(tmp_path / "none")


async def test_special_files_are_told(client: DockerClient, box: str, there: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "plain").write_text("x")
    await client.copy_to_container(tmp_path, box, there)
    assert "plain" in await client.exec_container(box, ["ls", there])


@pytest.mark.parametrize("source", ["", 5, None, "nul\x00byte"])
async def test_bad_sources(client: DockerClient, box: str, source: Any) -> None:
    with pytest.raises((InvalidArgument, PathNotFound)):
        await client.copy_to_container(source, box, "/tmp/x")


@pytest.mark.parametrize("destination", ["", "nul\x00byte", 5])
async def test_bad_destinations(client: DockerClient, box: str, destination: Any) -> None:
    with pytest.raises(InvalidArgument):
        await client.copy_to_container(__file__, box, destination)


async def test_progress(client: DockerClient, container: str, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(20 << 20))
    seen: list[Progress] = []
    copied = await client.copy_to_container(tmp_path / "big", container, "/tmp/big", progress=seen.append)
    assert seen
    assert seen[-1].done <= copied.bytes == 20 << 20
    assert [part.done for part in seen] == sorted(part.done for part in seen)


async def test_a_progress_callback_that_raises_ends_the_copy(
    client: DockerClient, container: str, tmp_path: Path
) -> None:
    (tmp_path / "big").write_bytes(bytes(50 << 20))

    def on_progress(progress: Progress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await client.copy_to_container(tmp_path / "big", container, "/tmp/big", progress=on_progress)


async def test_timeout(client: DockerClient, image: str, name: Names, tmp_path: Path) -> None:
    mine = name()
    await client.run_container(image, ["sleep", "3600"], ["-d", "--name", mine, "--shm-size", "100g"])
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(100 << 30)
    with pytest.raises(OperationTimeout):
        await client.copy_to_container(tmp_path / "huge", mine, "/dev/shm/huge", timeout=0.2)


async def test_a_full_disk(client: DockerClient, engine: Engine, image: str, name: Names, tmp_path: Path) -> None:
    mine = name()
    options = [
        "-d",
        "--name",
        mine,
        "--mount",
        "type=volume,dst=/small,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=1m",
    ]
    await client.run_container(image, ["sleep", "3600"], options)
    (tmp_path / "big").write_bytes(bytes(8 << 20))
    with pytest.raises(EngineError, match="no space left on device") as failure:
        await client.copy_to_container(tmp_path / "big", mine, "/small/big")
    assert failure.value.details["reason"] == "disk_full"
    assert await client.exec_container(mine, ["echo", "alive"]) == "alive\n"


async def test_a_read_only_place(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, ["sleep", "3600"], ["-d", "--name", mine, "--read-only"])
    with pytest.raises(DockerError, match="read-only"):
        await client.copy_to_container(__file__, mine, "/tmp/x")


async def test_modes_and_times_are_kept(client: DockerClient, box: str, there: str, tree: Path) -> None:
    os.utime(tree / "a.txt", (1e9, 1e9))
    (tree / "a.txt").chmod(0o640)
    await client.copy_to_container(tree / "a.txt", box, there)
    assert (await client.exec_container(box, ["stat", "-c", "%a %Y", there])) == "640 1000000000\n"


async def test_mkdir(client: DockerClient, box: str, there: str) -> None:
    await client.mkdir_in_container(box, f"{there}/deep folder/ü")
    await client.mkdir_in_container(box, there)
    mode = await client.exec_container(box, ["stat", "-c", "%F %a", f"{there}/deep folder/ü"])
    assert mode == "directory 755\n"
    with pytest.raises(DockerError, match="passwd"):
        await client.mkdir_in_container(box, "/etc/passwd/x")
    for bad in ("", "nul\x00"):
        with pytest.raises(InvalidArgument):
            await client.mkdir_in_container(box, bad)


async def test_mkdir_without_a_shell_and_without_running(
    client: DockerClient, engine: Engine, noshell_image: str, name: Names, tmp_path: Path
) -> None:
    mine = name()
    engine.docker("create", "--name", mine, noshell_image, "/app", "true")
    await client.mkdir_in_container(mine, "/a/b")
    copied = await client.copy_from_container(mine, "/a", tmp_path / "a")
    assert copied.bytes == 0
    assert stat.S_ISDIR((tmp_path / "a" / "b").stat().st_mode)
