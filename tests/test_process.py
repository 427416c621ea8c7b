"""start_run and start_exec: running processes."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from ml_nexus_go import (
    Conflict,
    ContainerNotRunning,
    ContainerProcess,
    DockerClient,
    EngineError,
    ImageNotFound,
    InvalidArgument,
    OperationTimeout,
)

from .support.bed import Engine
from .support.names import Names
from .support.wait import limits, until

pytestmark = pytest.mark.by_turns


async def running(client: DockerClient, engine: Engine, container: str, word: str) -> list[str]:
    """Return the container's processes whose command line has this word."""
    rows = engine.api_get(f"/containers/{container}/top")["Processes"]
    return [row[-1] for row in rows if word in row[-1]]


async def test_a_conversation(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    process = await client.start_run(image, ["cat"], ["-i", "--rm", "--name", mine])
    assert process.stdin is not None
    assert process.returncode is None
    for text in (b"first\n", b"second\n"):
        process.stdin.write(text)
        await process.stdin.drain()
        assert await process.stdout.readline() == text
    process.stdin.write_eof()
    assert await process.stdout.read() == b""
    assert await process.wait() == 0
    assert process.returncode == 0
    assert not await client.container_exists(mine)


async def test_the_container_runs_when_start_run_returns(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    process = await client.start_run(image, ["sleep", "3600"], ["--rm", "--name", mine])
    assert await client.container_is_running(mine)
    assert process.container_id == (await client.inspect_container(mine))["Id"]
    await process.kill()
    assert await process.wait() == 137
    assert not await client.container_exists(mine)


async def test_without_i_there_is_no_stdin(client: DockerClient, box: str) -> None:
    process = await client.start_exec(box, ["cat"])
    assert process.stdin is None
    assert await process.communicate() == (b"", b"")
    assert process.returncode == 0


async def test_stdin_can_be_asked_for(client: DockerClient, box: str) -> None:
    process = await client.start_exec(box, ["cat"], stdin=True)
    assert await process.communicate(b"data") == (b"data", b"")


@pytest.mark.parametrize(
    ("options", "stdin"),
    [
        (["-iu", "root"], True),
        (["-u root -ti"], True),
        (["--interactive=1"], True),
        (["-e", "ARGS=-a -i b"], False),
        (["-e", "-i"], False),
        (["-u", "root", "--interactive=false"], False),
        (["-ew=-i"], False),
        (["-id"], False),
        ([], False),
    ],
)
async def test_the_options_say_whether_there_is_a_stdin(
    client: DockerClient, image: str, box: str, name: Names, options: list[str], stdin: bool
) -> None:
    for process in (
        await client.start_exec(box, ["cat"], options),
        await client.start_run(image, ["cat"], [*options, "--rm", "--name", name()]),
    ):
        assert (process.stdin is not None) is stdin
        assert await process.communicate(b"data\n" if stdin else None) is not None
        assert await process.wait() == 0


async def test_a_command_that_is_not_there_has_a_stdin_too(client: DockerClient, image: str, box: str) -> None:
    process = await client.start_run(image, ["/no/such"], ["-i", "--rm"])
    assert process.stdin is not None
    assert await process.wait() == 127


async def test_half_close(client: DockerClient, box: str) -> None:
    process = await client.start_exec(box, "sort; echo end >&2", ["-i"], shell=True)
    assert process.stdin is not None
    process.stdin.writelines([b"b\n", b"a\n"])
    assert process.stdin.can_write_eof()
    process.stdin.close()
    assert process.stdin.is_closing()
    await process.stdin.wait_closed()
    with pytest.raises(RuntimeError, match="closed"):
        process.stdin.write(b"more")
    assert await process.stdout.read() == b"a\nb\n"
    assert await process.stderr.read() == b"end\n"
    assert await process.wait() == 0


async def test_writing_to_a_process_that_has_ended(client: DockerClient, box: str) -> None:
    process = await client.start_exec(box, ["true"], ["-i"])
    assert process.stdin is not None
    assert await process.wait() == 0
    process.stdin.write(b"x" * 1000)
    with pytest.raises(BrokenPipeError):
        await process.stdin.drain()


@pytest.mark.parametrize("signal", ["SIGTERM", "TERM", 15])
async def test_signals_of_an_exec_reach_its_children(client: DockerClient, box: str, signal: str | int) -> None:
    script = "trap 'echo caught; exit 7' TERM; echo go; while :; do sleep 0.1; done"
    process = await client.start_exec(box, script, shell=True)
    assert await process.stdout.readline() == b"go\n"
    await process.send_signal(signal)
    assert await process.stdout.readline() == b"caught\n"
    assert await process.wait() == 7


async def test_an_exec_can_be_killed_as_soon_as_it_was_started(client: DockerClient, box: str) -> None:
    process = await client.start_exec(box, ["sleep", "3600"])
    await process.kill()
    assert await process.wait() == 137
    with pytest.raises(Conflict, match="has ended"):
        await process.kill()


async def test_terminate_a_run(client: DockerClient, image: str) -> None:
    process = await client.start_run(
        image, "trap 'exit 9' TERM; echo go; while :; do sleep 0.1; done", "--rm", shell=True
    )
    assert await process.stdout.readline() == b"go\n"
    await process.terminate()
    assert await process.wait() == 9


async def test_a_signal_for_a_run_that_has_ended(client: DockerClient, image: str, name: Names) -> None:
    process = await client.start_run(image, ["true"], ["--name", name()])
    assert await process.wait() == 0
    with pytest.raises(ContainerNotRunning):
        await process.kill()


async def test_bad_signals(client: DockerClient, image: str, box: str) -> None:
    process = await client.start_exec(box, ["sleep", "3600"])
    for signal in ("SIGNONSENSE", "$(reboot)", "", -3, 4711):
        with pytest.raises(InvalidArgument):
            await process.send_signal(signal)
        with pytest.raises(InvalidArgument):
            await client.kill_container(box, signal)
    with pytest.raises(InvalidArgument) as failure:
        await process.send_signal("SIGNONSENSE")
    assert failure.value.op == "send_signal"
    await process.cancel()


@pytest.mark.parametrize("way", ["run", "exec"])
async def test_a_terminal_and_its_size(client: DockerClient, image: str, box: str, way: str) -> None:
    script = "echo err >&2; stty -echo; while read line; do stty size; done"
    process = (
        await client.start_run(image, script, ["-it", "--rm"], shell=True)
        if way == "run"
        else await client.start_exec(box, script, ["-it"], shell=True)
    )
    assert process.tty
    assert process.stdin is not None
    assert await process.stdout.readline() == b"err\r\n"
    for rows, columns in ((33, 121), (5, 40)):
        await process.resize(rows, columns)

        async def has_size(expected: bytes = f"{rows} {columns}\r\n".encode()) -> bool:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            return (await process.stdout.readline()).endswith(expected)

        await until(has_size, "the terminal's size")
    process.stdin.write(b"\x04")
    await process.stdout.read()
    assert await process.wait() == 0
    assert await process.stderr.read() == b""


async def test_stdout_and_stderr_apart(client: DockerClient, box: str) -> None:
    process = await client.start_exec(box, "for i in 1 2 3; do echo o$i; echo e$i >&2; done", shell=True)
    assert await process.communicate() == (b"o1\no2\no3\n", b"e1\ne2\ne3\n")


async def test_a_line_longer_than_the_limit(client: DockerClient, box: str) -> None:
    async with await client.start_exec(box, "head -c 300000 /dev/zero", shell=True, limit=1000) as process:
        with pytest.raises(ValueError, match="limit"):
            await process.stdout.readline()


async def test_cancelling_wait_ends_the_waiting_only(client: DockerClient, box: str) -> None:
    process = await client.start_exec(box, ["sleep", "3600"])
    waiter = asyncio.ensure_future(process.wait())
    await asyncio.sleep(0)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert process.returncode is None
    await process.kill()
    assert await process.wait() == 137


async def test_leaving_the_block_ends_the_process(client: DockerClient, engine: Engine, box: str) -> None:
    async with await client.start_exec(box, "sleep 1111 & sleep 1111", shell=True) as process:
        assert isinstance(process, ContainerProcess)
    assert await running(client, engine, box, "sleep 1111") == []


async def test_timeout_ends_it(client: DockerClient, image: str, name: Names) -> None:
    for limit in limits(2):
        mine = name()
        with suppress(OperationTimeout):  # of the start
            process = await client.start_run(image, ["sleep", "3600"], ["--rm", "--name", mine], timeout=limit)
            break
    with pytest.raises(OperationTimeout):
        await process.wait()
    with pytest.raises(OperationTimeout):
        await process.stdout.read()
    assert process.returncode is None
    assert not await client.container_exists(mine)


async def test_a_start_that_fails_raises(client: DockerClient, image: str, box: str, name: Names) -> None:
    with pytest.raises(Conflict):
        await client.start_run(image, ["true"], ["--name", box])
    with pytest.raises(ImageNotFound):
        await client.start_run(name.image(), ["true"], ["--pull=never"])
    with pytest.raises(EngineError):
        await client.start_run(image, ["true"], ["--gpus", "all", "--rm"])


async def test_a_command_that_is_missing_is_an_exit_code(client: DockerClient, image: str, box: str) -> None:
    for process in (
        await client.start_run(image, ["no-such"], ["--rm"]),
        await client.start_exec(box, ["no-such"]),
    ):
        out, err = await process.communicate()
        assert (process.returncode, out) == (127, b"")
        assert b"no-such" in err
