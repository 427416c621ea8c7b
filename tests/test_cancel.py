"""Cancelling a task, and timeouts: nothing keeps running, nothing is left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest

from ml_nexus_go import DockerClient, OperationTimeout
from ml_nexus_go._calls.run import Collected
from ml_nexus_go._clients.shared import Place
from ml_nexus_go.injection._events import SystemCallEnd
from ml_nexus_go.injection._reporting import reporting_client

from .support.bed import Engine
from .support.names import Names
from .support.wait import DEADLINE, limits, until

# Children in other process groups, and one that has cleared its environment.
TREE = """
sleep 31111 &
setsid sleep 31111 &
(setsid sh -c 'sleep 31111; :' &)
env -i sleep 31111 &
echo ready
sleep 31111
"""


def sleepers(engine: Engine, container: str) -> list[str]:
    """Return the running processes of TREE."""
    rows = engine.api_get(f"/containers/{container}/top")["Processes"]
    return [row[-1] for row in rows if "31111" in row[-1]]


class Started:
    """A callback that shows that output came."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __call__(self, data: bytes) -> None:
        self._event.set()

    async def wait(self) -> None:
        await asyncio.wait_for(self._event.wait(), DEADLINE)


async def cancelled(work: Awaitable[Any], started: Started) -> asyncio.CancelledError:
    """Cancel the work once it has printed something."""
    task = asyncio.ensure_future(work)
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as cancelling:
        await task
    return cancelling.value


async def test_a_cancelled_run_leaves_no_container(client: DockerClient, image: str, name: Names) -> None:
    mine, started = name(), Started()
    options = ["--rm", "--name", mine]
    await cancelled(client.run_container(image, "echo; sleep 3600", options, shell=True, on_stdout=started), started)
    assert not await client.container_exists(mine)


async def test_a_cancelled_run_without_rm_leaves_a_dead_container(
    client: DockerClient, image: str, name: Names
) -> None:
    mine, started = name(), Started()
    command = client.run_container(image, "echo; sleep 3600", ["--name", mine], shell=True, on_stdout=started)
    await cancelled(command, started)
    about = await client.inspect_container(mine)
    assert (about["State"]["Running"], about["State"]["ExitCode"]) == (False, 137)


@pytest.mark.parametrize("user", ["root", "worker"])
async def test_a_cancelled_exec_takes_its_children_along(
    client: DockerClient, engine: Engine, container: str, user: str
) -> None:
    started = Started()
    await cancelled(client.exec_container(container, TREE, ["-u", user], shell=True, on_stdout=started), started)
    assert sleepers(engine, container) == []
    assert await client.container_is_running(container)


async def test_a_cancelled_exec_leaves_others_alone(client: DockerClient, engine: Engine, container: str) -> None:
    other = await client.start_exec(container, ["sleep", "31111"])
    started = Started()
    await cancelled(client.exec_container(container, TREE, shell=True, on_stdout=started), started)
    assert sleepers(engine, container) == ["sleep 31111"]
    await other.kill()
    assert await other.wait() == 137


async def test_a_timeout_of_an_exec(client: DockerClient, engine: Engine, box: str) -> None:
    for limit in limits(1):
        with pytest.raises(OperationTimeout) as failure:
            await asyncio.wait_for(client.exec_container(box, TREE, shell=True, timeout=limit), limit + DEADLINE)
        if failure.value.stdout:
            break
    assert failure.value.stdout == "ready\n"
    assert f"{limit:g} s" in str(failure.value)
    assert sleepers(engine, box) == []


@pytest.mark.parametrize("remove", [True, False])
async def test_a_timeout_of_a_run(client: DockerClient, image: str, name: Names, remove: bool) -> None:
    for limit in limits(1.5):
        mine = name()
        options = ["--name", mine] + ["--rm"] * remove
        with pytest.raises(OperationTimeout) as failure:
            await client.run_container(image, "echo before; sleep 3600", options, shell=True, timeout=limit)
        if failure.value.stdout:
            break
    assert failure.value.stdout == "before\n"
    assert not await client.container_is_running(mine)
    assert await client.container_exists(mine) is not remove


async def test_asyncio_timeout_works_too(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client.run_container(image, ["sleep", "3600"], ["--rm", "--name", mine]), 1)
    assert not await client.container_exists(mine)


@pytest.mark.parametrize("way", ["run", "exec"])
async def test_cancelled_at_any_moment(client: DockerClient, engine: Engine, image: str, box: str, way: str) -> None:
    """The first moments of an operation, one after the other."""

    async def work() -> None:
        if way == "run":
            await client.run_container(image, ["sleep", "31111"], ["--rm"])
        else:
            await client.exec_container(box, ["sleep", "31111"])

    tasks = []
    for delay in (0, 0.001, 0.01, 0.03, 0.06, 0.1, 0.2, 0.4):
        tasks.append(asyncio.ensure_future(work()))
        await asyncio.sleep(delay)
        tasks[-1].cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(end) for end in ends} == {asyncio.CancelledError}
    assert sleepers(engine, box) == []


@pytest.mark.parametrize("way", ["run", "exec"])
async def test_cancelled_once_a_detached_one_has_started(
    client: DockerClient,
    engine: Engine,
    image: str,
    box: str,
    name: Names,
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its task is cancelled after the result arrived but before it sees it: nobody has the ID."""
    mine, finish = name(), Collected.finish
    if way == "run":
        work = client.run_container(image, ["sleep", "31111"], ["-d", "--rm", "--name", mine])
    else:
        work = client.exec_container(box, ["sleep", "31111"], ["-d"])
    task = asyncio.ensure_future(work)

    def finish_and_cancel(self: Collected, *frame: Any) -> None:
        finish(self, *frame)
        task.cancel()

    monkeypatch.setattr(Collected, "finish", finish_and_cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
    if way == "run":
        await until(lambda: mine not in str(engine.api_get("/containers/json", all="1")), "the engine's removal")
    await until(lambda: sleepers(engine, box) == [], "the end of a process that was killed")


@pytest.mark.connections("local")
def test_cancelled_while_a_bus_is_told_of_a_detached_one(engine: Engine, box: str, name: Names, image: str) -> None:
    """What has started ends again: its caller does not get its ID."""
    mine = name()

    async def cancelled_when_told() -> None:
        told = asyncio.Event()

        async def bus(event: object) -> None:
            if isinstance(event, SystemCallEnd):
                told.set()
                await asyncio.Event().wait()

        client = reporting_client(Place(engine.target), bus)
        for work in (
            client.run_container(image, ["sleep", "31115"], ["-d", "--rm", "--name", mine]),
            client.exec_container(box, ["sleep", "31115"], ["-d"]),
        ):
            told.clear()
            task = asyncio.ensure_future(work)
            await asyncio.wait_for(told.wait(), DEADLINE)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await until(lambda: mine not in str(engine.api_get("/containers/json", all="1")), "the engine's removal")
        await until(lambda: "31115" not in str(engine.api_get(f"/containers/{box}/top")), "the end of a killed process")

    asyncio.run(cancelled_when_told())


async def test_a_container_without_a_shell(
    client: DockerClient, noshell_image: str, name: Names, caplog: pytest.LogCaptureFixture
) -> None:
    """Its process cannot be ended, and the error says so."""
    mine = name()
    await client.run_container(noshell_image, ["/app", "sleep", "3600"], ["-d", "--name", mine])
    for limit in limits(1):
        with pytest.raises(OperationTimeout) as failure:
            await client.exec_container(mine, ["/app", "sleep", "3600"], timeout=limit)
        if failure.value.details.get("may_still_run"):
            break
    assert failure.value.details["may_still_run"] is True
    assert "may still run" in str(failure.value)

    started = Started()
    with caplog.at_level(logging.WARNING, "ml_nexus_go"):
        end = await cancelled(client.exec_container(mine, ["/app", "yes"], on_stdout=started), started)
    assert "may still run" in caplog.text
    assert any("may still run" in note for note in getattr(end, "__notes__", ["may still run"]))


async def test_cancelled_during_a_callback(client: DockerClient, engine: Engine, box: str) -> None:
    entered = Started()

    async def on_stdout(data: bytes) -> None:
        entered(data)
        await asyncio.sleep(3600)

    await cancelled(client.exec_container(box, TREE, shell=True, on_stdout=on_stdout), entered)
    assert sleepers(engine, box) == []


async def test_cancelled_while_input_is_fed(client: DockerClient, box: str) -> None:
    started, closed = Started(), asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(1000)
                await asyncio.sleep(0.01)
        finally:
            closed.set()

    await cancelled(client.exec_container(box, ["cat"], stdin=parts(), on_stdout=started), started)
    await asyncio.wait_for(closed.wait(), DEADLINE)


async def test_closing_the_client_ends_what_is_under_way(
    client: DockerClient, engine: Engine, image: str, box: str, name: Names
) -> None:
    mine = name()
    process = await client.start_exec(box, TREE, shell=True)
    assert await process.stdout.readline() == b"ready\n"
    run = await client.start_run(image, ["sleep", "31111"], ["--rm", "--name", mine])
    await client.aclose()
    for one in (process, run):
        with pytest.raises(Exception, match="closed"):
            await one.wait()
    await until(lambda: not sleepers(engine, box), "the end of the exec's processes")
    await until(lambda: not engine.docker("ps", "-aq", "--filter", f"name={mine}").stdout, "the container's removal")
