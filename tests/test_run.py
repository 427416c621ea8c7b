"""run_container: what docker run does."""

from __future__ import annotations

import pytest

from ml_nexus_go import CommandFailed, DockerClient

from .support.names import Names


async def test_the_result_is_the_output_as_text(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    result = await client.run_container(image, ["echo", "hello"], ["--name", mine])
    assert result == "hello\n"
    assert result.stdout == "hello\n"
    assert result.stdout_bytes == b"hello\n"
    assert (result.stderr, result.exit_code) == ("", 0)
    assert result.duration > 0
    assert (await client.inspect_container(mine))["Id"] == result.container_id


async def test_a_failing_command_raises_with_what_it_printed(client: DockerClient, image: str) -> None:
    with pytest.raises(CommandFailed) as failure:
        await client.run_container(image, "echo out; echo err >&2; exit 3", ["--rm"], shell=True)
    assert (failure.value.exit_code, failure.value.code) == (3, 3)
    assert (failure.value.stdout, failure.value.stderr) == ("out\n", "err\n")
    assert failure.value.op == "run_container"
    assert failure.value.target == client.target
    assert str(failure.value).startswith(f"run_container on {client.target}: 'echo' in a container of {image} ended")


async def test_without_check_a_failure_is_a_result(client: DockerClient, image: str) -> None:
    result = await client.run_container(image, "exit 3", ["--rm"], shell=True, check=False)
    assert result.exit_code == 3


async def test_no_option_means_no_implicit_rm(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, ["true"], ["--name", mine])
    assert await client.container_exists(mine)
    assert not await client.container_is_running(mine)


async def test_rm_removes_the_container(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, ["true"], ["--rm", "--name", mine])
    assert not await client.container_exists(mine)
