"""Syncs that ml_nexus describes by RsyncArgs: no process, the same tree."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import InvalidArgument, PathNotFound
from ml_nexus_go.injection._rsync import RsyncArgs, RsyncLocation
from ml_nexus_go.injection._rsync_options import sync_keywords

from ..support import program
from ..support.bed import Engine, part
from .conftest import Project
from .standins import import_ml_nexus


@pytest.fixture
def source(local_project: Project) -> Path:
    return local_project.folder("sour ce", **{"a": "1", "skip.pyc": "2", "keep.pyc": "3"})


@pytest.fixture
def there() -> Iterator[Path]:
    """A folder on the SSH server's machine."""
    folder = Path("/tmp") / f"mlng-synced {os.getpid()}"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def new_args(project: Project, *args: Any, **fields: Any) -> Any:
    # No engine is needed: local paths are this machine's, wherever docker's settings lead.
    more = {"ml_nexus_docker_host": "no-such-host.invalid"}
    return (await project.provide("new_RsyncArgs", **more))(*args, **fields)


async def test_a_local_sync_links_and_deletes(local_project: Project, source: Path) -> None:
    goal = local_project.folder("go al", old="gone")
    args = await new_args(
        local_project, source, goal, ["*.pyc"], includes=["keep.pyc"], options=["-av --delete"], hardlink=True
    )
    assert RsyncArgs in type(args).__mro__
    await args.run()
    assert names(goal) == ["a", "keep.pyc"]
    assert (goal / "a").samefile(source / "a")
    plain = replace(args, dst=local_project.local / "new", hardlink=False, options=[])
    plain.__post_init__()
    await plain.run()
    assert names(local_project.local / "new") == ["a", "keep.pyc"]
    assert not (local_project.local / "new/a").samefile(source / "a")


@pytest.mark.parametrize("options", [[], ["--delete"]])
async def test_a_local_sync_asks_no_engine(
    local_project: Project, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://no-such-host.invalid")
    monkeypatch.setattr("ml_nexus_go.injection._clients.THIS_MACHINE", f"unix://{tmp_path}/no-such.sock")
    await (await new_args(local_project, source, tmp_path / "to", options=options)).run()
    assert names(tmp_path / "to") == names(source)


async def test_it_is_ml_nexus_own_class(
    local_project: Project, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = import_ml_nexus(monkeypatch)
    args = await new_args(local_project, src=source, dst=tmp_path / "to", excludes=["*.pyc"])
    assert isinstance(args, theirs.RsyncArgs)
    again = replace(args, hardlink=True)
    assert isinstance(again, theirs.RsyncArgs)
    await again.run()
    assert names(tmp_path / "to") == ["a"]


async def test_a_sync_to_a_host_and_back(local_project: Project, source: Path, there: Path, tmp_path: Path) -> None:
    local_project.ssh_config = part("sshd")["ssh_config"]
    options = {"ssh_config": part("sshd")["ssh_config"]}
    new = await local_project.provide("new_RsyncArgs", ml_nexus_docker_connect_options=options)
    place = RsyncLocation(there, Engine("engine-new", "ssh").target)
    there.mkdir()
    (there / "old").write_text("stays")
    await new(source, place, ["*.pyc"]).run()
    assert names(there) == ["a", "old"]
    await new(source, place, ["*.pyc"], options=["--delete"]).run()
    assert names(there) == ["a"]
    await new(place, tmp_path / "back").run()
    assert names(tmp_path / "back") == ["a"]
    with pytest.raises(InvalidArgument, match="leave excludes out"):
        await new(place, tmp_path / "back", ["a"]).run()
    with pytest.raises(InvalidArgument, match="one side must be this machine"):
        await new(place, place).run()


async def test_an_engines_data_is_not_deleted(local_project: Project, source: Path) -> None:
    with pytest.raises(InvalidArgument, match="/var/lib/docker"):
        await (await new_args(local_project, source, "/var/lib/docker", options=["--delete"])).run()


async def test_a_source_that_is_not_there(local_project: Project, tmp_path: Path) -> None:
    with pytest.raises(PathNotFound, match="nowhere"):
        await (await new_args(local_project, tmp_path / "nowhere", tmp_path / "to")).run()


def test_options_of_rsync() -> None:
    assert sync_keywords([]) == {}
    assert sync_keywords(["-avzc", "--delete-after --progress"]) == {"checksum": True, "delete": True}
    rules = ["--exclude='a b'", "--include", "c", "-f", "'- d'", "--filter=+ e".replace(" ", r"\ ")]
    assert sync_keywords(rules) == {"filters": ["- a b", "+ c", "- d", "+ e"]}
    for unknown in ("--dry-run", "-avn", "--bwlimit=1", "more"):
        with pytest.raises(InvalidArgument, match="has no option"):
            sync_keywords([unknown])
    with pytest.raises(InvalidArgument, match="needs a pattern"):
        sync_keywords(["--exclude"])


PROGRAM = """
import asyncio, sys
from functools import partial
from pathlib import Path
from ml_nexus_go.environments import CacheMountRequest, ResolveMountRequest
from tests.ml_nexus.conftest import _project
from tests.ml_nexus.standins import Schematic
from tests.support.bed import Engine

async def main(project):
    project.resource("data", x="1")
    code = project.folder("code", x="2")
    builder = project.builder()
    builder.a_build_docker = await project.provide("a_build_docker")
    new = await project.provide("new_RsyncArgs")
    builder.macros.append(new(code, Path("/embedded"), ["*.pyc"]))
    environment = await project.host_environment(docker_builder=builder)
    assert "12" in await environment.run_script("cat /resources/data/x /embedded/x")
    requests = [CacheMountRequest("c", Path("/cache")), ResolveMountRequest("source", "code", Path("/sources/code"))]
    schematics = Schematic(builder, requests)
    for make in (partial(project.new, "DockerEnvFromSchematics"), project.persistent):
        environment = await make(schematics=schematics)
        assert "2" in await environment.run_script("cat /sources/code/x")
    await environment.upload(code, Path("/up"))
    await environment.download(Path("/up"), project.local / "down")
    await environment.stop()

made = _project(Engine("engine-new", sys.argv[1]), Path(sys.argv[2]))
try:
    asyncio.run(main(next(made)))
finally:
    next(made, None)
"""


@pytest.mark.usefixtures("testbed")
@pytest.mark.parametrize("connection", ["local", "ssh"])
def test_no_environment_starts_a_process(connection: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds with embedded folders, mounts, resources, scripts and files; programs on PATH report if they start."""
    log, programs = tmp_path / "started", tmp_path / "programs"
    programs.mkdir()
    for name in ("rsync", "scp", "docker", "ssh"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{log}\nexec {shutil.which(name)} "$@"\n')
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    done = program.python(PROGRAM, connection, str(tmp_path))
    assert done.returncode == 0, done.stderr
    started = log.read_text().splitlines() if log.exists() else []
    assert [line.split()[:2] for line in started] == [["ssh", "-G"]] * (connection == "ssh"), started
