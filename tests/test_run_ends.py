"""How runs end badly: not found, not executable, signals, memory, bad images."""

from __future__ import annotations

import pytest

from ml_nexus_go import CommandFailed, DockerClient, ImageNotFound, InvalidArgument

from .support.names import Names
from .support.wait import until

pytestmark = pytest.mark.by_turns


async def failed(client: DockerClient, image: str, command: str | list[str], options: list[str]) -> CommandFailed:
    with pytest.raises(CommandFailed) as failure:
        await client.run_container(image, command, ["--rm", *options])
    return failure.value


async def test_command_not_found(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    error = await failed(client, image, ["no-such-command"], ["--name", mine])
    assert (error.exit_code, error.result is not None) == (127, True)
    assert "no-such-command" in error.stderr
    assert "not found" in str(error)
    assert not await client.container_exists(mine)


async def test_command_not_executable(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    error = await failed(client, image, ["/etc/passwd"], ["--name", mine])
    assert error.exit_code == 126
    assert "permission denied" in error.stderr.lower()
    assert "not executable" in str(error)
    assert not await client.container_exists(mine)


async def test_an_entrypoint_that_does_not_exist(client: DockerClient, badentry_image: str, name: Names) -> None:
    mine = name()
    error = await failed(client, badentry_image, [], ["--name", mine])
    assert error.exit_code == 127
    assert "/does-not-exist" in error.stderr
    result = await client.run_container(badentry_image, ["x"], ["--rm"], check=False)
    assert (result.exit_code, result.stdout) == (127, "")
    assert "/does-not-exist" in result.stderr


async def test_an_image_without_a_shell(client: DockerClient, noshell_image: str) -> None:
    assert await client.run_container(noshell_image, ["/app", "echo", "hi"], ["--rm"]) == "hi\n"
    error = await failed(client, noshell_image, ["sh"], [])
    assert error.exit_code == 127


@pytest.mark.parametrize(("signal", "code"), [("KILL", 137), ("TERM", 143), ("SEGV", 139)])
async def test_killed_by_a_signal(client: DockerClient, image: str, signal: str, code: int) -> None:
    error = await failed(client, image, ["sh", "-c", f"sh -c 'kill -{signal} $$'; exit $?"], [])
    assert error.exit_code == code
    assert f"signal {code - 128}" in str(error)


async def test_killed_from_outside(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    process = await client.start_run(image, ["sleep", "3600"], ["--rm", "--name", mine])
    await client.kill_container(mine)
    assert await process.wait() == 137


async def test_out_of_memory(client: DockerClient, image: str) -> None:
    options = ["--memory", "16m", "--memory-swap", "16m"]

    async def run() -> CommandFailed | None:
        error = await failed(client, image, ["sh", "-c", "exec head -c 100m /dev/zero | tail -c 100m"], options)
        return error if error.details["oom_killed"] is True else None

    # A busy engine may come to know of it seconds after the end of the container, when the run is over.
    assert "out of memory" in str(await until(run, "a run that tells"))


async def test_no_such_image(client: DockerClient, name: Names) -> None:
    missing = name.image()
    mine = name()
    with pytest.raises(ImageNotFound):
        await client.run_container(missing, ["true"], ["--name", mine, "--pull", "never"])
    assert not await client.container_exists(mine)


@pytest.mark.parametrize("image", ["", "UPPER/Case", "a b", "x:y:z", "-d", "name@sha256:short", "nul\x00"])
async def test_a_bad_reference(client: DockerClient, image: str) -> None:
    with pytest.raises(InvalidArgument):
        await client.run_container(image, ["true"], ["--rm"])


async def test_a_user_that_does_not_exist(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    with pytest.raises(Exception, match="no-such-user"):
        await client.run_container(image, ["true"], ["--name", mine, "-u", "no-such-user"])
    assert not await client.container_exists(mine)


async def test_a_working_directory_that_cannot_be(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    with pytest.raises(InvalidArgument, match="working directory"):
        await client.run_container(image, ["true"], ["--name", mine, "-w", "relative"])
    assert not await client.container_exists(mine)
