"""The rights with which execs are ended: never more than they had, unless the caller allows it."""

from __future__ import annotations

import asyncio
import re

import pytest

from ml_nexus_go import DockerClient, DockerError, InvalidArgument, OperationTimeout, PermissionDenied

from .conftest import Connect
from .support.bed import Engine
from .support.names import Names
from .support.wait import DEADLINE, limits, until

pytestmark = pytest.mark.by_turns

# A shell that records who runs it.
RECORDING = r"""
rm /bin/sh
printf '#!/bin/busybox sh\nid -u >>/log\nexec /bin/busybox sh "$@"\n' >/bin/sh
: >/log
chmod 666 /log
chmod 755 /bin/sh
: >/ready
exec sleep 3600
"""


def processes(engine: Engine, container: str, text: str) -> list[str]:
    """Return the commands with this text that run in a container, as the engine reports them."""
    return [row[-1] for row in engine.api_get(f"/containers/{container}/top")["Processes"] if text in row[-1]]


@pytest.fixture
async def recording(client: DockerClient, image: str, name: Names) -> str:
    """A container without capabilities whose shell records its user."""
    mine = name("recording")
    await client.run_container(image, ["sh", "-c", RECORDING], ["-d", "--cap-drop", "ALL", "--name", mine])

    async def ready() -> bool:
        return (await client.exec_container(mine, ["test", "-e", "/ready"], check=False)).exit_code == 0

    await until(ready, "the container's shell")
    return mine


@pytest.mark.parametrize("end", ["timeout", "cancel", "kill", "durable", "reattach"])
async def test_the_containers_shell_never_runs_as_root_for_another_users_exec(
    client: DockerClient, engine: Engine, recording: str, end: str
) -> None:
    command, options = ["sleep", "31112"], ["-u", "worker"]
    if end in ("timeout", "durable"):
        for limit in limits(1):
            with pytest.raises(OperationTimeout) as late:
                await client.exec_container(recording, command, options, timeout=limit, durable=end == "durable")
            assert "may_still_run" not in late.value.details
            if await client.exec_container(recording, ["cat", "/log"]):
                break
    elif end == "reattach":
        process = await client.start_exec(recording, "echo said; sleep 31112", options, durable=True, shell=True)
        assert await process.stdout.readline() == b"said\n"
        for limit in limits(1):
            with pytest.raises(OperationTimeout) as late:
                await client.reattach_exec(recording, process.exec_id, timeout=limit)
            if late.value.stdout:
                break
        assert late.value.stdout == "said\n"
        assert processes(engine, recording, "31112")
        await process.kill()
        assert await process.wait() == 137
    else:
        process = await client.start_exec(recording, command, options)
        await (process.kill() if end == "kill" else process.cancel())
        if end == "kill":
            assert await process.wait() == 137
    await until(lambda: not processes(engine, recording, "31112"), "the end of the process")
    users = (await client.exec_container(recording, ["cat", "/log"])).split()
    assert users
    assert set(users) == {"1000"}


async def test_a_shell_that_never_stops_talking(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    talking = "rm /bin/sh; printf '#!/bin/busybox yes\\n' >/bin/sh; chmod 755 /bin/sh; : >/ready; exec sleep 3600"
    await client.run_container(image, ["sh", "-c", talking], ["-d", "--name", mine])

    async def ready() -> bool:
        return (await client.exec_container(mine, ["test", "-e", "/ready"], check=False)).exit_code == 0

    await until(ready, "the container's shell")
    for limit in limits(1):
        with pytest.raises(OperationTimeout) as late:
            await client.exec_container(mine, ["sleep", "3600"], timeout=limit)
        if "may_still_run" in late.value.details:
            break
    assert re.search(r"may still run.*says more than 4096 bytes", str(late.value))


async def test_a_process_that_changed_its_user(
    client: DockerClient, engine: Engine, container: str, connect_to: Connect
) -> None:
    changed = ["su", "worker", "-c", "exec sleep 31113"]

    def sleeping() -> int:
        """Return how many have changed their user: before, they are called su."""
        return processes(engine, container, "sleep 31113").count("sleep 31113")

    process = await client.start_exec(container, changed)
    await until(sleeping, "the process")
    with pytest.raises(PermissionDenied, match="signal_as_root"):
        await process.terminate()
    for limit in limits(1):
        with pytest.raises(OperationTimeout) as late:
            await client.exec_container(container, changed, timeout=limit)
        if sleeping() == 2:
            break
    assert late.value.details["may_still_run"] is True
    assert "signal_as_root" in str(late.value)

    allowed = connect_to(signal_as_root=True)
    other = await allowed.start_exec(container, changed)
    await until(lambda: sleeping() == 3, "the process")
    await other.terminate()
    assert await other.wait() == 143
    with pytest.raises(OperationTimeout) as late:
        await allowed.exec_container(container, changed, timeout=limit)
    assert "may_still_run" not in late.value.details
    assert sleeping() == 2


async def test_root_ends_a_process_where_there_is_no_shell(
    engine: Engine, noshell_image: str, name: Names, connect_to: Connect
) -> None:
    allowed = connect_to(signal_as_root=True)
    mine = name()
    await allowed.run_container(noshell_image, ["/app", "sleep", "3600"], ["-d", "--name", mine])
    with pytest.raises(OperationTimeout) as late:
        await allowed.exec_container(mine, ["/app", "sleep", "31114"], timeout=2)
    assert "may_still_run" not in late.value.details
    assert processes(engine, mine, "31114") == []
    process = await allowed.start_exec(mine, ["/app", "sleep", "31114"])
    await process.terminate()
    assert await process.wait() == 143
    assert await allowed.container_is_running(mine)


async def test_root_must_be_allowed_in_so_many_words(connect_to: Connect) -> None:
    with pytest.raises(InvalidArgument, match="signal_as_root"):
        connect_to(signal_as_root="yes")


async def test_a_paused_container(client: DockerClient, engine: Engine, container: str) -> None:
    """An exec is ended when the pause is over, and is not said to have ended before."""
    time = asyncio.get_running_loop().time
    for limit in limits(2):
        up = time() + limit
        work = asyncio.ensure_future(client.exec_container(container, ["sleep", "31115"], timeout=limit))
        await until(lambda: work.done() or processes(engine, container, "31115"), "the process")  # noqa: B023
        await client.pause_container(container)
        await asyncio.wait([work], timeout=up + 1 - time())
        went_on, late_by = not work.done(), time() - up
        await client.unpause_container(container)
        with pytest.raises(OperationTimeout) as late:
            await work
        # The engine is asked again for ten seconds: a busy machine may have been too slow for that.
        if went_on and late_by > 0 and "may_still_run" not in late.value.details:
            break
    assert went_on
    assert "may_still_run" not in late.value.details
    assert processes(engine, container, "31115") == []


async def test_a_container_that_stays_paused(client: DockerClient, engine: Engine, container: str) -> None:
    for limit in limits(1):
        work = asyncio.ensure_future(client.exec_container(container, ["sleep", "31116"], timeout=limit))
        await until(lambda: work.done() or processes(engine, container, "31116"), "the process")  # noqa: B023
        engine.docker("pause", container)
        with pytest.raises(OperationTimeout) as late:
            await work
        engine.docker("unpause", container)
        if "may_still_run" in late.value.details:
            break
    assert re.search(r"may still run.*paused", str(late.value))
    assert late.value.details["may_still_run"] is True
    await until(lambda: not processes(engine, container, "31116"), "the end of the process")


@pytest.mark.parametrize("remove", [True, False], ids=["rm", "kept"])
async def test_a_run_whose_container_is_paused(
    client: DockerClient, engine: Engine, image: str, name: Names, remove: bool
) -> None:
    mine = name()
    process = await client.start_run(image, ["sleep", "3600"], ["--name", mine, *["--rm"][: int(remove)]])
    engine.docker("pause", mine)
    await process.cancel()
    state = await client.container_state(mine)
    assert (state.exists, state.running) == (not remove, False)


@pytest.mark.parametrize("how", ["ends", "is removed"])
async def test_a_container_in_the_hosts_process_namespace(
    client: DockerClient, engine: Engine, image: str, name: Names, how: str
) -> None:
    mine = name()
    await client.run_container(image, ["sleep", "3600"], ["-d", "--pid=host", "--name", mine])
    process = await client.start_exec(mine, ["sleep", "31117"])
    await until(lambda: processes(engine, mine, "31117"), "the process")
    engine.docker(*(["kill", mine] if how == "ends" else ["rm", "-f", mine]))

    async def ended() -> int | DockerError:
        try:
            return await process.wait()
        except DockerError as error:
            return error

    end = await asyncio.wait_for(ended(), DEADLINE)
    if isinstance(end, DockerError):  # an engine that forgets it, and keeps its streams open
        assert f"container {mine} " in str(end)
        assert "its exit code is not known" in str(end)
        assert end.details["may_still_run"] is False
    else:
        assert end == 137
