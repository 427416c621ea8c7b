"""Pausing containers, and looking into them."""

from __future__ import annotations

import pytest

from ml_nexus_go import (
    Conflict,
    ContainerChange,
    ContainerNotFound,
    ContainerNotRunning,
    DockerClient,
    InvalidArgument,
)

from .support.bed import Engine
from .support.names import Names

pytestmark = pytest.mark.by_turns


async def test_pause_and_unpause(client: DockerClient, container: str) -> None:
    await client.pause_container(container)
    assert (await client.container_state(container)).status == "paused"
    with pytest.raises(Conflict, match="already paused") as failure:
        await client.pause_container(container)
    assert type(failure.value) is Conflict
    await client.unpause_container(container)
    assert (await client.container_state(container)).status == "running"
    with pytest.raises(Conflict, match="not paused") as failure:
        await client.unpause_container(container)
    assert type(failure.value) is Conflict
    assert failure.value.op == "unpause_container"


async def test_pause_needs_a_running_container(client: DockerClient, container: str, name: Names) -> None:
    await client.stop_container(container, timeout=0)
    with pytest.raises(ContainerNotRunning):
        await client.pause_container(container)
    with pytest.raises(Conflict):
        await client.unpause_container(container)
    with pytest.raises(ContainerNotFound):
        await client.pause_container(name())
    with pytest.raises(ContainerNotFound):
        await client.unpause_container(name())


async def test_top_is_that_of_the_docker_command(client: DockerClient, engine: Engine, container: str) -> None:
    top = await client.container_top(container)
    assert top.titles[:2] == ("UID", "PID")
    assert [process[-1] for process in top.processes] == ["sleep 3600"]
    pid = str((await client.inspect_container(container))["State"]["Pid"])
    for arguments in ("-eo pid,comm", ["-eo", "pid,comm"]):
        top = await client.container_top(container, arguments)
        assert (top.titles, top.processes) == (("PID", "COMMAND"), ((pid, "sleep"),))
    shown = engine.docker("top", container, "-eo", "pid,comm").stdout.split()
    assert shown == ["PID", "COMMAND", pid, "sleep"]


async def test_top_needs_a_running_container_and_the_pid(client: DockerClient, container: str, name: Names) -> None:
    for arguments, complaint in (
        ("-eo comm", "needs a column PID"),
        ("-Q", "ps refuses it: error: unsupported SysV option"),
        (["-eo", "pid,frob"], 'unknown user-defined format specifier "frob"'),
        ("-C nosuchthing", "finds no process"),
    ):
        with pytest.raises(InvalidArgument, match=f"ps_args=.*{complaint}"):
            await client.container_top(container, arguments)
    with pytest.raises(InvalidArgument, match="ps_args"):
        await client.container_top(container, 5)  # type: ignore[arg-type]
    await client.stop_container(container, timeout=0)
    with pytest.raises(ContainerNotRunning):
        await client.container_top(container)
    with pytest.raises(ContainerNotFound):
        await client.container_top(name())


async def test_diff_is_that_of_the_docker_command(
    client: DockerClient, engine: Engine, container: str, name: Names
) -> None:
    assert await client.container_diff(container) == []
    script = "echo more >> /etc/passwd; echo new > '/etc/a new file'; rm /etc/group"
    await client.exec_container(container, script, shell=True)
    changes = await client.container_diff(container)
    assert set(changes) == {
        ContainerChange("modified", "/etc"),
        ContainerChange("modified", "/etc/passwd"),
        ContainerChange("added", "/etc/a new file"),
        ContainerChange("deleted", "/etc/group"),
    }
    lines = [f"{change.kind[0].upper().replace('M', 'C')} {change.path}" for change in changes]
    assert sorted(lines) == sorted(engine.docker("diff", container).stdout.splitlines())
    await client.stop_container(container, timeout=0)
    assert set(await client.container_diff(container)) == set(changes)
    with pytest.raises(ContainerNotFound):
        await client.container_diff(name())
