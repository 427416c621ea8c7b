"""What reaches the host, and the container: resources, mounts, files of a script."""

from __future__ import annotations

import asyncio
import hashlib
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import InvalidArgument, PathNotFound
from ml_nexus_go.environments import (
    CacheMountRequest,
    ContextualMountRequest,
    DirectMountRequest,
    DockerMount,
    ResolveMountRequest,
    ResourceUnknown,
    ScriptRunContext,
)

from .conftest import Project


async def test_resources_are_mounted_and_follow_changes(project: Project) -> None:
    data = project.resource("data set", **{"a b.txt": "one", "skip.pth": "big"})
    project.project.dirs[-1].excludes.append("*.pth")
    environment = await project.host_environment()
    assert "one" in await environment.run_script("cat '/resources/data set/a b.txt'")
    assert not (project.host / "resources/data set/skip.pth").exists()
    (data / "a b.txt").unlink()
    (data / "new.txt").write_text("two")
    result = await environment.run_script("ls '/resources/data set'; cat '/resources/data set/new.txt'")
    assert "two" in result
    assert "a b.txt" not in result.stdout.partition("END  SCRIPT")[2]


async def test_sources_are_no_resources(local_project: Project) -> None:
    environment = await local_project.host_environment()
    await environment.prepare()
    assert local_project.resolver.asked == []


async def test_one_preparation_for_concurrent_callers(local_project: Project) -> None:
    local_project.resource("data", x="1")
    environment = await local_project.host_environment()
    await asyncio.gather(*(environment.prepare() for _ in range(20)))
    assert local_project.resolver.asked == ["data"]
    await environment.prepare()
    assert local_project.resolver.asked == ["data", "data"]


async def test_a_cancelled_caller_takes_the_preparation_from_nobody(local_project: Project) -> None:
    local_project.resource("data", x="1")
    environment = await local_project.host_environment()
    tasks = [asyncio.create_task(environment.prepare()) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [local_project.tag] * 2


async def test_an_unknown_resource_is_named(project: Project) -> None:
    project.resource("data", x="1")
    project.resolver.paths.clear()
    environment = await project.host_environment()
    with pytest.raises(ResourceUnknown, match="'data'") as caught:
        await environment.run_script("true")
    assert isinstance(caught.value, KeyError)
    assert project.containers() == []


async def test_all_kinds_of_mounts(project: Project) -> None:
    project.folder("weights", w="resource")
    project.folder("code", **{"m.py": "source", "x.pyc": "no"})
    direct = project.folder("direct", d="direct")
    entered: list[Path] = []

    @asynccontextmanager
    async def source() -> AsyncIterator[Path]:
        made = project.folder("made just now", c="contextual")
        entered.append(made)
        yield made

    environment = await project.from_schematics(
        ResolveMountRequest("resource", "weights", Path("/in/weights")),
        ContextualMountRequest(source, Path("/in/context")),
        CacheMountRequest("pip cache", Path("/in/cache")),
        ResolveMountRequest("source", "code", Path("/in/co de"), ["*.pyc"]),
        DirectMountRequest(direct, Path("/in/direct")),
    )
    mounts = await environment.prepare_mounts()
    assert mounts[0] == DockerMount(project.host / "cache/pip cache", Path("/in/cache"))
    assert [mount.source for mount in mounts[1:]] == [
        project.host / "resources/weights",
        project.host / "direct" / hashlib.sha256(b"/in/context").hexdigest()[:32],
        project.host / "sources/code",
        project.host / "direct" / hashlib.sha256(str(direct).encode()).hexdigest()[:32],
    ]
    result = await environment.run_script(
        "cat /in/weights/w /in/context/c '/in/co de/m.py' /in/direct/d; ls '/in/co de'; echo kept >/in/cache/f"
    )
    assert "resourcecontextualsourcedirect" in result
    assert "x.pyc" not in result
    assert (project.host / "cache/pip cache/f").read_text() == "kept\n"
    assert "kept" in await environment.run_script("cat /in/cache/f")
    assert len(entered) == 3  # once for each preparation


async def test_five_transfers_at_once_at_most(local_project: Project) -> None:
    now = most = 0

    def request(number: int) -> ContextualMountRequest:
        @asynccontextmanager
        async def source() -> AsyncIterator[Path]:
            nonlocal now, most
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.01)
            yield local_project.folder("shared", x="1")
            now -= 1

        return ContextualMountRequest(source, Path(f"/in/{number}"))

    environment = await local_project.from_schematics(*map(request, range(15)))
    assert len(await environment.prepare_mounts()) == 15
    assert most == 5


async def test_a_mount_source_that_does_not_exist(project: Project) -> None:
    environment = await project.from_schematics(DirectMountRequest(Path("/no/such/folder"), Path("/in")))
    with pytest.raises(PathNotFound, match="/no/such/folder"):
        await environment.run_script("true")
    assert project.containers() == []


@pytest.mark.parametrize("request_", [object(), "x", ResolveMountRequest("other", "a", Path("/in"))])
async def test_what_is_no_mount_request_is_refused_first(local_project: Project, request_: Any) -> None:
    environment = await local_project.from_schematics(CacheMountRequest("c", Path("/in")), request_)
    with pytest.raises(InvalidArgument, match="mount"):
        await environment.prepare_mounts()
    assert not local_project.host.exists()


async def test_files_to_and_from_the_host(project: Project, tmp_path: Path) -> None:
    environment = await project.host_environment()
    file, folder = tmp_path / "in put.txt", project.folder("tree", a="A", b="B")
    file.write_text("content")
    remote = environment.random_remote_path()
    assert remote.parent == Path("/resources/tmp")
    await environment.upload_remote(file, remote / "in put.txt")
    await environment.upload_remote(folder, remote / "tree")
    where = shlex.quote(str(remote))
    result = await environment.run_script(f"cat {where}/'in put.txt' {where}/tree/b; echo result >{where}/out")
    assert "contentB" in result
    await environment.download_remote(remote / "out", tmp_path / "out")
    await environment.download_remote(remote, tmp_path / "all")
    assert (tmp_path / "out").read_text() == "result\n"
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["in put.txt", "out", "tree"]
    await environment.delete_remote(remote)
    await environment.delete_remote(remote)
    assert list((project.host / "resources/tmp").iterdir()) == []


@pytest.mark.parametrize("kind", ["host_environment", "from_schematics", "persistent"])
async def test_a_script_with_uploads_and_results(project: Project, tmp_path: Path, kind: str) -> None:
    environment = await getattr(project, kind)()
    file = tmp_path / "numbers.txt"
    file.write_text("3 4\n")
    context = environment.run_context().with_upload(file, [project.folder("tree", a="A")])
    assert isinstance(context, ScriptRunContext)
    script = 'read a b <"$UPLOAD_0"; echo $((a + b)) >"$RUN_RESULT_DIR/sum"; cp "$UPLOAD_1/a" "$RUN_RESULT_DIR"'
    done = await context.run_script(script)
    assert done.result_path == project.local / "results" / done.run_id
    assert (done.result_path / "sum").read_text() == "7\n"
    assert (done.result_path / "a").read_text() == "A"


async def test_additional_mounts_and_options(project: Project) -> None:
    extra = project.folder("ex tra", e="extra")
    environment = await project.host_environment(
        additional_mounts=[DockerMount(extra, Path("/ex tra"))],
        docker_options=["-e A=1", "--env", "B=two words", "--hostname=box"],
        network="none",
        shared_memory_size="77m",
    )
    script = "cat '/ex tra/e'; echo $A-$B-$(hostname); df -m /dev/shm | tail -1; ls /sys/class/net"
    result = await environment.run_script(script)
    assert "extra1-two words-box" in result
    assert " 77 " in result
    assert result.stdout.split("\n")[-3] == "lo"


async def test_the_command_to_read_is_one_that_runs(local_project: Project) -> None:
    options = ["-e A=1 --env 'B=two words'", "--env=C=three  words", "--hostname", "box"]
    environment = await local_project.host_environment(docker_options=options, network="none", gpus=None)
    command = await environment.build_docker_cmd("""sh -c 'echo "$A-$B-$C-$(hostname)"'""")
    docker, *words = shlex.split(command)
    assert docker == "docker"
    assert local_project.place.docker(*words).stdout == "1-two words-three  words-box\n"


async def test_hard_links_stay_hard_links(project: Project) -> None:
    """In resources, in mounts, and in what is uploaded, as with rsync -aH."""
    folders = [project.resource("data", one="1"), project.folder("code", one="1"), project.folder("direct", one="1")]
    for folder in folders:
        (folder / "other").hardlink_to(folder / "one")
    environment = await project.host_environment()
    await environment.prepare()
    await environment.upload_remote(folders[1], Path("/resources/uploaded"))
    requests = [
        ResolveMountRequest("source", "code", Path("/code")),
        DirectMountRequest(folders[2], Path("/direct")),
    ]
    mounts = await (await project.from_schematics(*requests)).prepare_mounts()
    arrived = [
        project.host / "resources/data",
        project.host / "resources/uploaded",
        *(mount.source for mount in mounts),
    ]
    assert len(arrived) == 4
    assert all((folder / "one").samefile(folder / "other") for folder in arrived)
