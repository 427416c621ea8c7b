"""start_run(outlives=True): a run that goes on when its caller goes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

import pytest

from ml_nexus_go import ContainerNotFound, DockerClient, InvalidArgument, OperationTimeout

from .conftest import Connect
from .support.names import Names
from .support.wait import limits, until

LASTS = "echo up; exec sleep 600"


@pytest.mark.parametrize("end", ["cancel", "block", "close", "timeout"])
async def test_the_container_goes_on(
    client: DockerClient, connect_to: Connect, image: str, name: Names, end: str
) -> None:
    other = connect_to()
    for limit in limits(1.5):
        mine, timeout = name(), limit if end == "timeout" else None
        with suppress(OperationTimeout):  # before it was up
            process = await other.start_run(image, LASTS, ["--name", mine], shell=True, outlives=True, timeout=timeout)
            assert await process.stdout.readline() == b"up\n"
            break
    if end == "cancel":
        await process.cancel()
    elif end == "block":
        async with process:
            pass
    elif end == "close":
        await other.aclose()
    else:
        with pytest.raises(Exception, match="not done after"):
            await process.wait()
    assert await client.container_is_running(mine)
    assert mine not in {orphan.name for orphan in await client.list_orphans()}


async def test_its_output_and_its_exit_code(client: DockerClient, image: str, name: Names) -> None:
    for options in ([], ["--rm"]):
        for code in (0, 5, 137):
            mine = name()
            process = await client.start_run(
                image, f"echo out; echo err >&2; exit {code}", [*options, "--name", mine], shell=True, outlives=True
            )
            assert await process.communicate() == (b"out\n", b"err\n")
            assert await process.wait() == code
            if options:  # by the engine
                await until(partial(gone, client, mine), "the engine removes it")
            else:
                assert await client.container_exists(mine)


async def gone(client: DockerClient, container: str) -> bool:
    return not await client.container_exists(container)


async def test_one_that_cannot_start_is_removed(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    process = await client.start_run(image, ["nosuch"], ["--name", mine], outlives=True)
    assert await process.wait() == 127
    assert not await client.container_exists(mine)
    with pytest.raises(InvalidArgument, match="outlives"):
        await client.start_run(image, ["true"], outlives="yes")  # type: ignore[arg-type]


async def test_cancelled_before_it_has_started(client: DockerClient, image: str, name: Names) -> None:
    """Either nobody has it, or it runs: nothing in between."""
    for wait in (0.0, 0.02, 0.1, 0.3):
        mine = name()
        start = asyncio.ensure_future(client.start_run(image, LASTS, ["--name", mine], shell=True, outlives=True))
        await asyncio.sleep(wait)
        start.cancel()
        await asyncio.gather(start, return_exceptions=True)
        try:
            state = (await client.container(mine)).state
        except ContainerNotFound:
            continue
        assert state == "running"
