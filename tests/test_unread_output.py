"""Signals for processes whose output is full because nobody reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from ml_nexus_go import ClientClosed, ContainerNotFound, ContainerProcess, DockerClient, OperationTimeout

from .conftest import Connect
from .support.names import Names
from .support.wait import DEADLINE, limits, until

pytestmark = pytest.mark.by_turns

Signal = Callable[[DockerClient, ContainerProcess, str], Awaitable[None]]

# Long lines: for each one, the engine writes a document into its log.
LINE = "y" * 999
SHOUT = f"exec yes {LINE}"

WAYS = pytest.mark.parametrize("way", ["run", "exec"])
# How to end it, and the resulting exit codes of a run and an exec.
ENDS: dict[str, tuple[Signal, int, int]] = {
    "kill": (lambda _, process, __: process.kill(), 137, 137),
    "terminate": (lambda _, process, __: process.terminate(), 143, 143),
    "usr1": (lambda _, process, __: process.send_signal("USR1"), 138, 138),
    "kill_container": (lambda client, _, name: client.kill_container(name), 137, 137),
    "stop_container": (lambda client, _, name: client.stop_container(name, grace_period=DEADLINE / 2), 143, 137),
    "remove_container": (lambda client, _, name: client.remove_container(name, force=True), 137, 137),
}


async def start(client: DockerClient, way: str, image: str, name: str, script: str) -> ContainerProcess:
    """Start a shell's script in a container of this name."""
    command = ["sh", "-c", script]
    if way == "run":
        return await client.start_run(image, command, ["--init", "--name", name])
    await client.run_container(image, ["sleep", "3600"], ["-d", "--init", "--name", name])
    return await client.start_exec(name, command)


def held(process: ContainerProcess) -> int:
    """Return how many bytes of output have come and wait for a reader."""
    return len(process.stdout._buffer)  # type: ignore[attr-defined]


async def filled(process: ContainerProcess) -> None:
    """Wait until no more is sent without a reader."""
    before = -1

    async def full() -> bool:
        nonlocal before
        grown, before = held(process) > before, held(process)
        await asyncio.sleep(0.3)
        return held(process) >= 1 << 20 and not grown

    await until(full, "a full output")


@WAYS
@pytest.mark.parametrize("how", ENDS)
async def test_an_end_that_nobody_reads_for(
    client: DockerClient, connect_to: Connect, image: str, name: Names, way: str, how: str
) -> None:
    end, run_code, exec_code = ENDS[how]
    mine = name()
    process = await start(client, way, image, mine, SHOUT)
    await filled(process)
    await asyncio.wait_for(end(client, process, mine), DEADLINE)
    other = connect_to()
    try:  # the engine is free
        await asyncio.wait_for(other.inspect_container(mine), DEADLINE)
    except ContainerNotFound:
        assert how == "remove_container"
    assert await asyncio.wait_for(process.wait(), DEADLINE) == (run_code if way == "run" else exec_code)
    out = await process.stdout.read()
    assert 1 << 20 <= len(out) <= 32 << 20
    assert out == (f"{LINE}\n".encode() * (len(out) // 1000 + 1))[: len(out)]


@WAYS
async def test_a_container_is_known_by_its_id_as_well(client: DockerClient, image: str, name: Names, way: str) -> None:
    mine = name()
    process = await start(client, way, image, mine, SHOUT)
    await filled(process)
    identity = (await client.container_state(mine)).id
    await asyncio.wait_for(client.kill_container(identity[:12]), DEADLINE)
    assert await asyncio.wait_for(process.wait(), DEADLINE) == 137


@WAYS
async def test_output_after_a_signal_that_ends_nothing_is_whole(
    client: DockerClient, image: str, name: Names, way: str
) -> None:
    line = ",".join(map(str, range(1, 1001)))
    lines = "".join(f"{n},{line}\n" for n in range(2000)).encode()
    make = f"for n in $(seq 0 1999); do echo $n,{line}; done >/lines"
    process = await start(client, way, image, name(), f"trap '' USR1; {make}; cat{' /lines' * 5}; exit 3")
    await filled(process)
    for _ in range(3):
        await asyncio.wait_for(process.send_signal("USR1"), DEADLINE)
    await filled(process)
    assert held(process) < 20 << 20, "a signal lets through no more than a process can have left behind"
    out = await asyncio.wait_for(process.stdout.read(), DEADLINE)
    assert out == lines * 5
    assert await process.wait() == 3


@WAYS
async def test_a_time_limit_that_nobody_reads_for(client: DockerClient, image: str, name: Names, way: str) -> None:
    for limit in limits(4):
        mine = name()
        if way == "exec":
            await client.run_container(image, ["sleep", "3600"], ["-d", "--init", "--name", mine])
        with suppress(OperationTimeout):  # of the start
            if way == "run":
                process = await client.start_run(image, ["yes", LINE], ["--rm", "--name", mine], timeout=limit)
            else:
                process = await client.start_exec(mine, ["yes", LINE], timeout=limit)
            with pytest.raises(OperationTimeout) as caught:
                await asyncio.wait_for(process.wait(), limit + DEADLINE)
            if held(process) >= 1 << 20:
                break
    assert held(process) >= 1 << 20
    assert "may_still_run" not in caught.value.details
    await assert_ended(client, way, mine)


@WAYS
async def test_a_closed_client_that_nobody_reads_for(
    client: DockerClient, connect_to: Connect, image: str, name: Names, way: str
) -> None:
    mine = name()
    other = connect_to()
    if way == "run":
        process = await other.start_run(image, ["yes", LINE], ["--rm", "--name", mine])
    else:
        await client.run_container(image, ["sleep", "3600"], ["-d", "--init", "--name", mine])
        process = await other.start_exec(mine, ["yes", LINE])
    await filled(process)
    await asyncio.wait_for(other.aclose(), DEADLINE)
    await assert_ended(client, way, mine)
    with pytest.raises(ClientClosed):
        await asyncio.wait_for(process.wait(), DEADLINE)


async def assert_ended(client: DockerClient, way: str, name: str) -> None:
    """Check that nothing of the run, or of the exec, is left."""
    if way == "run":
        assert not await client.container_exists(name)
    else:
        assert "yes" not in await client.exec_container(name, ["ps", "-o", "args"])
