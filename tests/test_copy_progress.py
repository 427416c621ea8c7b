"""Progress of copies between this machine and containers, over every connection."""

from __future__ import annotations

import io
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import DockerClient, InvalidArgument, Progress

pytestmark = pytest.mark.by_turns

MIB = 1 << 20


class Terminal(io.StringIO):
    """Standard error that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


class Watch:
    """Notes each progress and when it came."""

    def __init__(self) -> None:
        self.seen: list[Progress] = []
        self.began = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        self.seen.append(progress)

    def check(self, total: int, files: int, size: int) -> None:
        assert self.seen[-1] == Progress(size, total, files)
        assert all(part.total == total for part in self.seen)
        done = [part.done for part in self.seen]
        assert done == sorted(done)
        # At most ten times a second, and once at the end.
        assert len(done) <= 10 * (time.monotonic() - self.began) + 2


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Three names of two files, 21 MiB."""
    source = tmp_path / "tree"
    (source / "sub").mkdir(parents=True)
    (source / "big").write_bytes(os.urandom(MIB) * 20)
    (source / "sub" / "small").write_bytes(bytes(MIB))
    os.link(source / "big", source / "sub" / "linked")
    return source


async def test_of_a_file(client: DockerClient, container: str, tree: Path, tmp_path: Path) -> None:
    there, back = Watch(), Watch()
    await client.copy_to_container(tree / "big", container, "/big", on_progress=there)
    there.check(20 * MIB, 1, 20 * MIB)
    await client.copy_from_container(container, "/big", tmp_path / "back", on_progress=back)
    back.check(20 * MIB, 1, 20 * MIB)
    assert (tmp_path / "back").read_bytes() == (tree / "big").read_bytes()


async def test_of_a_folder(client: DockerClient, container: str, tree: Path, tmp_path: Path) -> None:
    there, back = Watch(), Watch()
    await client.copy_to_container(tree, container, "/tree", progress=there)
    there.check(21 * MIB, 2, 21 * MIB)
    await client.copy_from_container(container, "/tree", tmp_path / "back", progress=back)
    back.check(-1, 2, 21 * MIB)


async def test_a_callback_that_raises_ends_the_copy(
    client: DockerClient, container: str, tree: Path, tmp_path: Path
) -> None:
    def broken(progress: Progress) -> None:
        raise ZeroDivisionError

    await client.copy_to_container(tree, container, "/tree")
    with pytest.raises(ZeroDivisionError):
        await client.copy_from_container(container, "/tree", tmp_path / "back", progress=broken)


async def test_a_bar_on_a_terminal(
    client: DockerClient, container: str, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    seen: list[Progress] = []
    await client.copy_to_container(tree, container, "/tree", on_progress=seen.append, progress=True)
    assert seen[-1].files == 2
    assert "22.0" in screen.getvalue()
    assert "2 files" in screen.getvalue()


async def test_no_bar_without_a_terminal(
    client: DockerClient, container: str, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    await client.copy_to_container(tree, container, "/tree", progress=True)
    assert not screen.getvalue()


@pytest.mark.parametrize("progress", [5, "yes"])
async def test_what_is_no_callback(client: DockerClient, container: str, tree: Path, progress: Any) -> None:
    with pytest.raises(InvalidArgument):
        await client.copy_to_container(tree, container, "/tree", progress=progress)
    with pytest.raises(InvalidArgument):
        await client.copy_from_container(container, "/tree", tree, progress=progress)
    with pytest.raises(InvalidArgument, match="give on_progress alone"):
        await client.copy_to_container(tree, container, "/tree", on_progress=print, progress=print)
