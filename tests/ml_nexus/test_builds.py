"""Builds through the names that ml_nexus's builders use."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import pytest

from ml_nexus_go import BuildFailed

from ..support.bed import Engine, part
from ..support.wait import DEADLINE
from .conftest import Project
from .standins import Builder

NOWHERE = {"ml_nexus_docker_host": "no-such-host.invalid"}


def context(project: Project, content: str) -> Path:
    """Make a context whose image has a file with this content and the argument WHO."""
    return project.folder("con text", Dockerfile=f"FROM mlng-busybox\nARG WHO\nRUN echo {content} $WHO >/built\n")


def in_registry(reference: str) -> bool:
    """Return whether the testbed's registry itself reports an image."""
    place, _, tag = reference.rpartition(":")
    address, _, name = place.partition("/")
    with urllib.request.urlopen(f"http://{address}/v2/{name}/tags/list", timeout=DEADLINE) as answer:
        return f'"{tag}"' in answer.read().decode()


async def test_a_build_that_fails_tells_line_and_log(local_project: Project) -> None:
    builder = local_project.builder()
    builder.a_build_docker = await local_project.provide("a_build_docker")
    builder.macros.append("RUN echo said before; exit 3")
    environment = await local_project.host_environment(docker_builder=builder)
    with pytest.raises(BuildFailed, match="exit 3") as caught:
        await environment.run_script("true")
    assert "said before" in caught.value.log
    assert local_project.containers() == []


async def test_folders_are_copied_into_an_image(local_project: Project) -> None:
    build = await local_project.provide("build_image_with_copy")
    source = local_project.folder("da ta", x="copied\n")
    tag = local_project.tag
    assert await build("mlng-busybox", "ENV A=1", "RUN cat '/in to/x'", {source: Path("/in to")}, tag) == tag
    client = await local_project.client()
    assert await client.run_container(tag, ["cat", "/in to/x"], ["--rm"]) == "copied\n"


async def test_a_login_that_is_not_asked_for_is_none(local_project: Project) -> None:
    login = await local_project.provide("f_docker_login")
    await login
    await login


@pytest.mark.parametrize("way", ["a_build_docker", "a_build_docker_no_buildkit"])
async def test_ways_to_build(project: Project, way: str) -> None:
    build = await project.provide(way)
    folder, options = context(project, way), " --build-arg WHO='a b' --label made=here"
    assert await build(project.tag, folder, options, push=False, build_id="any") == project.tag
    client = await project.client()
    assert await client.run_container(project.tag, "cat /built", ["--rm"]) == f"{way} a b\n"
    assert project.place.api_get(f"/images/{project.tag}/json")["Config"]["Labels"]["made"] == "here"
    commands = [row["CreatedBy"] for row in await client.image_history(project.tag, no_trunc=True)]
    assert any("# buildkit" in command for command in commands) == (way == "a_build_docker")


async def test_a_build_on_a_named_host(local_project: Project) -> None:
    remote = Engine("engine-new", "ssh")
    config = {"ssh_config": part("sshd")["ssh_config"]}
    build = await local_project.provide("a_build_docker_ssh_remote", **NOWHERE, ml_nexus_docker_connect_options=config)
    folder, tag = context(local_project, "there"), local_project.tag
    assert await build(tag=tag, context_dir=folder, options="", remote_host=remote.target, push=False) == tag
    client = await local_project.client()
    assert await client.run_container(tag, "cat /built", ["--rm"]) == "there\n"


async def test_a_build_is_pushed_where_asked(local_project: Project) -> None:
    tag = local_project.names.image("v1", part("registry")["address"])
    build = await local_project.provide("a_build_docker")
    assert await build(tag, context(local_project, "pushed"), "", push=True) == tag
    assert in_registry(tag)


async def test_a_push_by_ml_nexus_name(local_project: Project) -> None:
    tag, asked = local_project.names.image("v1", part("registry")["address"]), []

    async def credentials(tag: str) -> None:
        asked.append(tag)

    client = await local_project.client()
    await client.tag_image("mlng-busybox", tag)
    push = await local_project.provide("a_docker_push__local", a_setup_docker_credentials=credentials)
    assert await push(tag) is None
    assert in_registry(tag)
    assert asked == [tag]


def test_the_files_of_a_read_only_folder_keep_their_modes() -> None:
    """The copies are hard links: removing them must not change the user's files."""
    program = """
import os, pathlib, sys
from ml_nexus_go.injection._images import _copy, _temporary_folder
if os.getuid() == 0:  # whom modes do not stop
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
source = pathlib.Path("read only")
source.mkdir()
source.joinpath("file").write_text("content")
source.joinpath("file").chmod(0o640)
source.chmod(0o555)
with _temporary_folder() as folder:
    _copy(source, folder / "resource-0")
    linked = (folder / "resource-0/file").samefile("read only/file")
print(linked, oct(source.joinpath("file").stat().st_mode), folder.exists())
"""
    with tempfile.TemporaryDirectory(prefix="mlng-") as home:
        if os.getuid() == 0:
            os.chown(home, 65534, 65534)
        environ = {"PYTHONPATH": os.pathsep.join(sys.path), "HOME": home, "TMPDIR": home}
        done = subprocess.run(
            [sys.executable, "-B", "-c", program], cwd=home, env=environ, capture_output=True, check=False
        )
    assert done.stdout.decode() == "True 0o100640 False\n", done.stderr.decode()


@pytest.mark.parametrize("there", ["not", "as it is", "nested"])
async def test_the_runner_is_installed_once(local_project: Project, there: str) -> None:
    """Twice in a builder, two copies of its file to one name would run at once, which sometimes fails."""
    macro = ["COPY runner /usr/local/bin/base64_runner.sh", "RUN chmod +x /usr/local/bin/base64_runner.sh"]
    macros: dict[str, list[object]] = {
        "not": [],
        "as it is": ["RUN true", macro],
        "nested": [[["RUN true"], [list(macro)]]],
    }
    written: list[str] = []

    async def note(tag: str, context_dir: Path, **_: object) -> str:
        written.extend((context_dir / "Dockerfile").read_text().splitlines())
        return tag

    builder = Builder("mlng-busybox", note, macros=macros[there])
    new = await local_project.provide("new_DockerHostEnvironment", macro_install_base64_runner=macro)
    await new(project=local_project.project, docker_builder=builder).prepare()
    assert [line for line in written if "base64_runner" in line] == macro
