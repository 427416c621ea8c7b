"""The persistent environment's container: who owns it, when it starts, what it outlives."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import Conflict, InvalidArgument, PathNotFound
from ml_nexus_go.environments import DirectMountRequest

from ..support.wait import until
from .conftest import IMAGE, Project


async def test_scripts_share_one_container(project: Project) -> None:
    environment = await project.persistent()
    assert not await environment.a_is_container_ready()
    await environment.run_script("echo kept >/tmp/file")
    assert await environment.a_is_container_ready()
    assert "kept" in await environment.run_script("cat /tmp/file")
    again = await project.persistent(container_name=environment.container_name)
    assert "kept" in await again.run_script("cat /tmp/file")
    assert len(project.containers()) == 1


async def test_the_design_makes_it_under_ml_nexus_name(local_project: Project) -> None:
    make = await local_project.provide("a_PersistentDockerEnvFromSchematics")
    name = local_project.names("env")
    environment = await make(local_project.project, local_project.schematic(), container_name=name)
    await environment.start()
    ps = await local_project.provide("a_docker_ps")
    rows = await ps()
    row = rows[name] if isinstance(rows, dict) else rows.loc[name]
    assert row["State"] == "running"


async def test_many_tasks_start_one_container(project: Project) -> None:
    environment = await project.persistent()
    results = await asyncio.gather(*(environment.run_script(f"echo number {n}; hostname") for n in range(20)))
    assert all(f"number {n}\n" in result for n, result in enumerate(results))
    assert len(project.containers()) == 1


async def test_many_environments_of_a_name_start_one_container(project: Project) -> None:
    name = project.names("env")
    environments = [await project.persistent(container_name=name) for _ in range(6)]
    await asyncio.gather(*(environment.ensure_container() for environment in environments))
    assert len(project.containers()) == 1


async def test_stop_and_start_again(project: Project) -> None:
    environment = await project.persistent()
    await environment.run_script("touch /tmp/old")
    await environment.stop()
    assert project.containers() == []
    assert "no\n" in await environment.run_script("[ -e /tmp/old ] && echo yes || echo no")
    await environment.stop()
    await environment.stop()


async def test_a_container_that_was_killed_is_started_again(project: Project) -> None:
    environment = await project.persistent()
    await environment.ensure_container()
    project.place.docker("kill", environment.container_name)
    assert "again" in await environment.run_script("echo again")


async def test_a_running_foreign_container_is_refused_or_replaced(project: Project) -> None:
    name = project.names("env")
    project.place.docker("run", "-d", "--name", name, IMAGE, "sleep", "600")
    environment = await project.persistent(container_name=name)
    with pytest.raises(Conflict, match="replace=True"):
        await environment.run_script("true")
    assert project.containers(name)[0]["Command"] == "sleep 600"
    environment = await project.persistent(container_name=name, replace=True)
    assert "mine" in await environment.run_script("echo mine")
    assert project.containers(name)[0]["Command"] != "sleep 600"


async def test_a_dead_foreign_container_is_refused_or_replaced(project: Project) -> None:
    name = project.names("env")
    project.place.docker("run", "--name", name, IMAGE, "true")
    environment = await project.persistent(container_name=name)
    with pytest.raises(Conflict, match="exited"):
        await environment.run_script("true")
    environment = await project.persistent(container_name=name, replace=True)
    assert "mine" in await environment.run_script("echo mine")


async def test_a_container_that_ml_nexus_started_is_taken_over(local_project: Project) -> None:
    name = local_project.names("env")
    local_project.place.docker("tag", IMAGE, f"{local_project.tag.partition(':')[0]}/main-project")
    image = f"{local_project.tag.partition(':')[0]}/main-project"
    local_project.place.docker("run", "-d", "--rm", "--name", name, image, "sleep", "infinity")
    environment = await local_project.persistent(container_name=name)
    await environment.run_script("true")
    assert local_project.containers(name)[0]["Command"] == "sleep infinity"


async def test_stop_leaves_a_foreign_container_alone(local_project: Project) -> None:
    name = local_project.names("env")
    local_project.place.docker("run", "-d", "--rm", "--name", name, "mlng-busybox", "sleep", "600")
    environment = await local_project.persistent(container_name=name)
    with pytest.raises(Conflict, match="left alone"):
        await environment.stop()
    assert [row["State"] for row in local_project.containers(name)] == ["running"]
    replacing = await local_project.persistent(container_name=name, replace=True)
    await replacing.stop()
    assert local_project.containers(name) == []


async def test_mounts_follow_changes_while_the_container_runs(project: Project) -> None:
    source = project.folder("src", f="one")
    environment = await project.persistent(DirectMountRequest(source, Path("/src")))
    assert "one" in await environment.run_script("cat /src/f")
    (source / "f").write_text("second")
    assert "second" in await environment.run_script("cat /src/f")
    assert len(project.containers()) == 1


async def test_files_in_the_container(project: Project, tmp_path: Path) -> None:
    environment = await project.persistent()
    file, folder = tmp_path / "a file", project.folder("tree", x="1", y="2")
    file.write_text("content")
    await environment.upload(file, Path("/data/deep er/file"))
    await environment.download(Path("/data/deep er/file"), tmp_path / "back")
    assert (tmp_path / "back").read_text() == "content"
    await environment.sync_to_container(folder, Path("/data/synced dir"))
    assert "x\ny\n" in await environment.run_script("cd '/data/synced dir' && ls; echo 3 >z; rm x")
    await environment.sync_from_container(Path("/data/synced dir"), tmp_path / "synced back")
    assert sorted(path.name for path in (tmp_path / "synced back").iterdir()) == ["y", "z"]
    await environment.delete(Path("/data/deep er"))
    await environment.delete(Path("/data/deep er"))
    assert "gone" in await environment.run_script("[ -e '/data/deep er' ] || echo gone")


async def test_a_single_file_is_synced_from_the_container(project: Project, tmp_path: Path) -> None:
    environment = await project.persistent()
    script = "mkdir -p '/data/some dir'; cd '/data/some dir'; echo content >'a file'; ln -s 'a file' link; ln -s . here"
    await environment.run_script(script)
    folder = Path("/data/some dir")
    for source, target in (
        (folder / "a file", tmp_path / "new/deep er/name"),
        (folder / "link", tmp_path / "linked"),
        (folder / "a file", tmp_path / "new/deep er/name"),  # again
    ):
        await environment.sync_from_container(source, target)
        assert target.read_text() == "content\n"
        assert target.is_file()
        assert not target.is_symlink()
    (tmp_path / "folder").mkdir()
    await environment.sync_from_container(folder / "a file", tmp_path / "folder")
    assert (tmp_path / "folder/a file").read_text() == "content\n"
    await environment.sync_from_container(folder / "here", tmp_path / "whole")
    assert sorted(path.name for path in (tmp_path / "whole").iterdir()) == ["a file", "here", "link"]


async def test_what_is_not_in_the_container_leaves_nothing(local_project: Project, tmp_path: Path) -> None:
    environment = await local_project.persistent()
    await environment.run_script("mkdir -p /data/x/y; echo 1 >/data/x/y/file")
    for missing in ("/data/missing", "/data/x/y/file/sub"):
        with pytest.raises((PathNotFound, Conflict)):
            await environment.sync_from_container(Path(missing), tmp_path / "new/deep/name")
        assert list(tmp_path.glob("new*")) == []
    (tmp_path / "name").mkdir()
    (tmp_path / "name/y").write_text("a file where the container has a folder")
    with pytest.raises(Conflict):
        await environment.sync_from_container(Path("/data/x"), tmp_path / "name")
    assert [path.name for path in (tmp_path / "name").iterdir()] == ["y"]


@pytest.mark.parametrize("path", ["/", "", ".", "relative", "/..", "//", "/data/.."])
async def test_dangerous_paths_are_not_deleted(local_project: Project, path: str) -> None:
    environment = await local_project.persistent()
    with pytest.raises(InvalidArgument, match="not deleted"):
        await environment.delete(path)
    assert local_project.containers() == []


@pytest.mark.parametrize("name", ["with space", "-dash", "a/b", "é"])
async def test_illegal_names_are_refused(local_project: Project, name: str) -> None:
    environment = await local_project.persistent(container_name=name)
    with pytest.raises(InvalidArgument, match="name"):
        await environment.run_script("true")
    assert local_project.containers() == []


async def test_without_a_name_there_is_no_environment(local_project: Project) -> None:
    with pytest.raises(InvalidArgument, match="container_name"):
        await local_project.persistent(container_name="")


async def test_a_cancelled_start_leaves_no_container(project: Project) -> None:
    environment = await project.persistent()
    task = asyncio.create_task(environment.ensure_container())
    await asyncio.sleep(0.1)  # wherever it is by then
    task.cancel()
    results = await asyncio.gather(task, return_exceptions=True)
    if isinstance(results[0], asyncio.CancelledError):
        await until(lambda: project.containers() == [], "the container's removal")


async def test_init_scripts_and_hf_home(local_project: Project) -> None:
    local_project.scripts += ["export GREETING=hello"]
    environment = await local_project.persistent()
    assert "hello\n" in await environment.run_script("echo $GREETING")
    assert environment.container.environment([]).docker_builder.macros[-1] == ["ENV HF_HOME=/resources/huggingface"]


async def test_run_is_run_script(local_project: Project) -> None:
    environment: Any = await local_project.persistent()
    assert "by run" in await environment.run("echo by run")
