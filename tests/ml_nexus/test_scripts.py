"""Scripts: how they run, what they print, and what is wrong with them."""

from __future__ import annotations

import asyncio
import resource
from typing import Any

import pytest

from ml_nexus_go import CommandFailed, DockerClient, ForwardingDockerClient, InvalidArgument

from ..support.wait import DEADLINE
from .conftest import Project
from .standins import Schematic

BANNER = """\
Running base64 encoded script...
====== BEGIN SCRIPT ======

{init}
{script}
======  END  SCRIPT ======
{output}Base64 encoded script executed with exit status {code}
"""

KINDS = ["host_environment", "from_schematics", "persistent"]


@pytest.fixture(params=KINDS)
async def environment(request: pytest.FixtureRequest, local_project: Project) -> Any:
    """Each kind of environment."""
    return await getattr(local_project, request.param)()


@pytest.mark.parametrize("kind", KINDS)
async def test_output_stands_between_the_banner_lines(project: Project, kind: str) -> None:
    environment = await getattr(project, kind)()
    project.scripts += ["export A=1", "B=2"]
    result = await environment.run_script("echo $A $B; echo problem >&2")
    init = "export A=1\nB=2"
    script = "echo $A $B; echo problem >&2"
    assert result.stdout == BANNER.format(init=init, script=script, output="1 2\n", code=0)
    assert (result.stderr, result.exit_code) == ("problem\n", 0)
    assert result == result.stdout


async def test_a_failing_script_raises(environment: Any) -> None:
    with pytest.raises(CommandFailed) as caught:
        await environment.run_script("echo before; exit 42")
    assert caught.value.code == 42
    assert "before\n" in caught.value.stdout
    assert caught.value.stdout.endswith("executed with exit status 42\n")


@pytest.mark.parametrize("kind", ["host_environment", "persistent"])
async def test_a_script_of_3_megabytes_runs(project: Project, kind: str) -> None:
    environment = await getattr(project, kind)()
    filler = "\n".join([": " + "x" * 1000] * 3000)
    result = await environment.run_script(f"{filler}\necho reached the end\n")
    assert "\nreached the end\nBase64" in result.stdout
    assert len(result.stdout) > 3_000_000


@pytest.mark.parametrize("kind", ["host_environment", "persistent"])
async def test_a_syntax_error_is_told_by_bash(project: Project, kind: str) -> None:
    environment = await getattr(project, kind)()
    with pytest.raises(CommandFailed, match="syntax error") as caught:
        await environment.run_script("echo first\nif then\n")
    assert caught.value.code == 2
    assert "first\n" in caught.value.stdout


async def test_quotes_and_characters_arrive_as_they_are(environment: Any) -> None:
    result = await environment.run_script("""echo 'it'"'"'s "€" $HOME `x` \\\\ *'; printf '%s\\n' "$0" """)
    assert """\nit's "€" $HOME `x` \\\\ *\nbash\n""" in result.stdout


async def test_binary_output_is_exact(project: Project) -> None:
    environment = await project.host_environment()
    result = await environment.run_script("printf '\\xff\\xfe\\x00\\x01'")
    assert b"\n\xff\xfe\x00\x01Base64" in result.stdout_bytes
    persistent = await project.persistent()
    result = await persistent.run_script("printf '\\xff\\xfe\\x00\\x01'")
    assert b"\n\xff\xfe\x00\x01Base64" in result.stdout_bytes


async def test_without_init_the_scripts_of_the_builder_are_left_out(project: Project) -> None:
    project.scripts += ["echo init"]
    environment = await project.host_environment()
    result = await environment.run_script_without_init("echo alone")
    assert "init" not in result.stdout
    assert "BEGIN SCRIPT ======\necho alone\n====" in result.stdout


@pytest.mark.parametrize("script", ["a\0b", 7, None])
async def test_what_is_no_script_is_refused_before_anything_is_done(local_project: Project, script: Any) -> None:
    for kind in KINDS:
        environment = await getattr(local_project, kind)()
        with pytest.raises(InvalidArgument, match="script"):
            await environment.run_script(script)
    assert local_project.containers() == []


async def test_an_image_without_bash_names_the_runner(project: Project) -> None:
    builder = project.builder("mlng-busybox")
    environment = await project.host_environment(docker_builder=builder)
    with pytest.raises(CommandFailed, match=r"no bash, .*/usr/local/bin/base64_runner\.sh") as caught:
        await environment.run_script("true")
    assert caught.value.code == 127
    persistent = await project.persistent(schematics=Schematic(builder))
    with pytest.raises(CommandFailed, match=r"no bash, .*/usr/local/bin/base64_runner\.sh"):
        await persistent.run_script("true")
    assert project.containers() == []


@pytest.mark.parametrize("kind", KINDS)
async def test_an_entrypoint_that_is_not_there_is_no_missing_bash(local_project: Project, kind: str) -> None:
    environment = await getattr(local_project, kind)(docker_options=["--entrypoint", "no-such-program"])
    with pytest.raises(CommandFailed, match="no-such-program") as caught:
        await environment.run_script("true")
    assert caught.value.code == 127
    assert "has no bash" not in str(caught.value)


async def test_an_entrypoint_that_finds_no_bash_names_the_runner(local_project: Project) -> None:
    builder = local_project.builder("mlng-busybox")
    environment = await local_project.host_environment(docker_builder=builder, docker_options=["--entrypoint", "env"])
    with pytest.raises(CommandFailed, match=r"has no bash, .*/usr/local/bin/base64_runner\.sh"):
        await environment.run_script("true")


async def test_a_script_that_ends_with_127_is_no_missing_bash(local_project: Project) -> None:
    environment = await local_project.host_environment()
    with pytest.raises(CommandFailed, match="no-such-command") as caught:
        await environment.run_script("no-such-command")
    assert caught.value.code == 127
    assert "base64_runner" not in caught.value.message


async def test_a_cancelled_script_leaves_no_container(project: Project) -> None:
    environment = await project.host_environment()
    started = asyncio.Event()
    environment.docker_client = Watching(environment.docker_client, started)
    task = asyncio.create_task(environment.run_script("echo here; sleep 300"))
    await asyncio.wait_for(started.wait(), DEADLINE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert project.containers() == []


async def test_a_cancelled_script_leaves_the_persistent_container(project: Project) -> None:
    environment = await project.persistent()
    await environment.ensure_container()
    task = asyncio.create_task(environment.run_script("touch /tmp/begun; sleep 299"))
    await asyncio.wait_for(until_exists(environment, "/tmp/begun"), DEADLINE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ps = 'for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline; echo; done'
    result = await environment.client.exec_container(environment.container_name, ["bash", "-c", ps])
    assert "sleep infinity" in result
    assert "sleep 299" not in result


@pytest.mark.parametrize("size", [50_000_000, pytest.param(1_000_000_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS)
async def test_much_output_goes_to_a_callback(project: Project, kind: str, size: int) -> None:
    environment = await getattr(project, kind)()
    seen = 0

    def count(chunk: bytes) -> None:
        nonlocal seen
        seen += len(chunk)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = await environment.run_script(f"head -c {size} /dev/zero", on_stdout=count)
    assert size < seen < size + 1000
    assert result.stdout == ""
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB


async def until_exists(environment: Any, path: str) -> None:
    script = f"until [ -e {path} ]; do sleep 0.05; done"
    await environment.client.exec_container(environment.container_name, ["bash", "-c", script])


class Watching(ForwardingDockerClient):
    """Reports when a container's output begins."""

    def __init__(self, inner: DockerClient, started: asyncio.Event) -> None:
        super().__init__(inner)
        self.started = started

    async def run_container(self, *args: Any, **kwargs: Any) -> Any:
        def begun(chunk: bytes) -> None:
            self.started.set()

        return await super().run_container(*args, on_stdout=begun, **kwargs)
