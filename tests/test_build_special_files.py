"""Sockets, FIFOs and devices in the context of a build."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from ml_nexus_go import DockerClient

from .support.bed import Engine
from .support.builds import context, fresh
from .support.names import Names

pytestmark = pytest.mark.by_turns


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
async def test_sockets_fifos_and_devices_in_the_context(
    client: DockerClient, engine: Engine, tmp_path: Path, name: Names, builder: str
) -> None:
    show = "stat -c '%n %F %s %a %t:%T' /c/* /c/.git/* >/found"
    here = context(tmp_path / "c", fresh("COPY . /c", f"RUN {show}"), given="given\n")
    (here / ".git").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(here / ".git" / "fsmonitor--daemon.ipc"))
        os.chmod(here / ".git" / "fsmonitor--daemon.ipc", 0o600)
        (here / ".git" / "index").write_text("index\n")
        os.mkfifo(here / "pipe", 0o640)
        os.mknod(here / "null", 0o644 | stat.S_IFCHR, os.makedev(1, 3))
        os.chmod(here / "given", 0o644)
        tag = name.image()
        await client.build_image(here, tag, builder=builder)
    lines = (await client.run_container(tag, ["cat", "/found"], ["--rm"])).splitlines()
    found = {line for line in lines if not line.startswith("/c/Dockerfile ")}
    files = {"/c/given regular file 6 644 0:0", "/c/.git/index regular file 6 644 0:0"}
    special = {"/c/pipe fifo 0 640 0:0", "/c/null character special file 0 644 1:3"}
    empty = {"/c/.git/fsmonitor--daemon.ipc regular empty file 0 600 0:0"}
    if builder == "classic":  # docker's own leaves a socket out
        assert found == files | special
    elif engine.api >= (1, 42):  # buildx sends an empty file
        assert found == files | special | empty
    else:  # and COPY of the BuildKit in engine 20.10 makes no FIFOs and devices
        assert found == files | empty | {"/c/null regular empty file 0 644 0:0"}


@pytest.mark.engines("new")
async def test_a_socket_in_another_build_context(client: DockerClient, tmp_path: Path, name: Names) -> None:
    other = context(tmp_path / "other", given="given\n")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(other / "socket"))
        here = context(tmp_path / "c", fresh("COPY --from=other . /c"))
        tag = name.image()
        await client.build_image(here, tag, ["--build-context", f"other={other}"])
    assert await client.run_container(tag, ["ls", "/c"], ["--rm"]) == "given\nsocket\n"
