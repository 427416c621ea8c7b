"""How execs end badly."""

from __future__ import annotations

import asyncio

import pytest

from ml_nexus_go import (
    CommandFailed,
    ConnectionLost,
    ContainerNotFound,
    ContainerNotRunning,
    DockerClient,
    InvalidArgument,
)

from .support.bed import Engine
from .support.names import Names
from .support.wait import DEADLINE

pytestmark = pytest.mark.by_turns


async def failed(client: DockerClient, container: str, command: str | list[str]) -> CommandFailed:
    with pytest.raises(CommandFailed) as failure:
        await client.exec_container(container, command)
    return failure.value


async def test_command_not_found(client: DockerClient, box: str) -> None:
    error = await failed(client, box, ["no-such-command"])
    assert error.exit_code == 127
    assert "no-such-command" in error.stderr
    assert error.stdout == ""
    result = await client.exec_container(box, ["no-such-command"], check=False)
    assert (result, result.exit_code) == ("", 127)


async def test_command_not_executable(client: DockerClient, box: str) -> None:
    error = await failed(client, box, ["/etc/passwd"])
    assert error.exit_code == 126
    assert "permission denied" in error.stderr.lower()


async def test_killed_by_a_signal(client: DockerClient, box: str) -> None:
    error = await failed(client, box, ["sh", "-c", "kill -9 $$"])
    assert error.exit_code == 137
    assert "signal 9" in str(error)


async def test_output_that_looks_like_the_engines_message(client: DockerClient, box: str) -> None:
    text = "OCI runtime exec failed: not really\n"
    assert await client.exec_container(box, ["printf", text]) == text
    result = await client.exec_container(box, ["sh", "-c", f"printf '{text}'; exit 126"], check=False)
    assert (result.exit_code, result.stdout, result.stderr) == (126, text, "")


async def test_a_user_that_does_not_exist(client: DockerClient, box: str) -> None:
    with pytest.raises(InvalidArgument, match="no-such-user"):
        await client.exec_container(box, ["true"], ["-u", "no-such-user"])


async def test_a_container_that_is_paused(client: DockerClient, engine: Engine, container: str) -> None:
    engine.docker("pause", container)
    with pytest.raises(ContainerNotRunning, match="paused"):
        await client.exec_container(container, ["true"])


async def test_a_container_that_ended(client: DockerClient, container: str) -> None:
    await client.kill_container(container)
    await client.wait_container(container)
    with pytest.raises(ContainerNotRunning, match="not running"):
        await client.exec_container(container, ["true"])


async def test_no_such_container(client: DockerClient, name: Names) -> None:
    with pytest.raises(ContainerNotFound):
        await client.exec_container(name(), ["true"])


async def test_the_container_is_removed_meanwhile(client: DockerClient, container: str) -> None:
    started = asyncio.Event()
    running = asyncio.ensure_future(
        client.exec_container(container, "echo go; sleep 3600", shell=True, on_stdout=lambda _: started.set())
    )
    await asyncio.wait_for(started.wait(), DEADLINE)
    await client.remove_container(container, force=True)
    with pytest.raises((CommandFailed, ContainerNotFound, ContainerNotRunning, ConnectionLost)) as failure:
        await running
    if isinstance(failure.value, CommandFailed):
        assert failure.value.exit_code == 137
    with pytest.raises(ContainerNotFound):
        await client.exec_container(container, ["true"])
