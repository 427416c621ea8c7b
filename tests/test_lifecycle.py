"""The life of containers: start, stop, restart, kill, wait, rename, remove."""

from __future__ import annotations

import asyncio

import pytest

from ml_nexus_go import (
    Conflict,
    ContainerNotFound,
    ContainerNotRunning,
    DockerClient,
    InvalidArgument,
    OperationTimeout,
)

from .support.bed import Engine
from .support.names import Names
from .support.wait import until

pytestmark = pytest.mark.by_turns

# It keeps printing: engines before 23.0 may show a follower a line only together with the
# next one (moby pull request 43294).
TRAP = "trap 'exit 7' TERM; trap 'exit 8' USR1; while echo ready; do sleep 0.05; done"


async def started_trap(client: DockerClient, image: str, name: str) -> None:
    """Start a container that exits with its own codes."""
    await client.run_container(image, ["sh", "-c", TRAP], ["-d", "--name", name])
    async for _ in client.container_logs(name, follow=True):
        break


async def test_stop_and_start(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await started_trap(client, image, mine)
    await client.stop_container(mine, grace_period=60)
    assert (await client.inspect_container(mine))["State"]["ExitCode"] == 7
    await client.stop_container(mine)  # stopped already: fine
    await client.start_container(mine)
    await client.start_container(mine)  # runs already: fine
    assert await client.container_is_running(mine)


@pytest.mark.parametrize("older", [False, True])
async def test_stop_kills_what_does_not_end(client: DockerClient, container: str, older: bool) -> None:
    await (client.stop_container(container, timeout=0) if older else client.stop_container(container, grace_period=0))
    assert (await client.inspect_container(container))["State"]["ExitCode"] == 137


async def test_stop_signal(client: DockerClient, engine: Engine, image: str, name: Names) -> None:
    mine = name()
    await started_trap(client, image, mine)
    if engine.api < (1, 42):
        with pytest.raises(Exception, match="signal") as failure:
            await client.stop_container(mine, signal="USR1", timeout=60)
        assert type(failure.value).__name__ in ("InvalidArgument", "EngineError")
    else:
        await client.stop_container(mine, signal="USR1", timeout=60)
        assert (await client.inspect_container(mine))["State"]["ExitCode"] == 8


async def test_restart(client: DockerClient, container: str) -> None:
    before = (await client.inspect_container(container))["State"]["StartedAt"]
    await client.restart_container(container, grace_period=0)
    state = (await client.inspect_container(container))["State"]
    assert state["Running"]
    assert state["StartedAt"] > before


@pytest.mark.parametrize("signal", ["SIGUSR1", "usr1", 10])
async def test_kill_with_a_signal(client: DockerClient, image: str, name: Names, signal: str | int) -> None:
    mine = name()
    await started_trap(client, image, mine)
    await client.kill_container(mine, signal)
    assert await client.wait_container(mine) == 8


async def test_kill_needs_a_running_container(client: DockerClient, container: str) -> None:
    await client.kill_container(container)
    assert await client.wait_container(container) == 137
    with pytest.raises(ContainerNotRunning):
        await client.kill_container(container)


async def test_wait(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, ["sh", "-c", "sleep 1; exit 5"], ["-d", "--name", mine])
    assert await client.wait_container(mine) == 5
    assert await client.wait_container(mine) == 5


async def test_wait_ends_in_time_and_the_container_goes_on(client: DockerClient, box: str) -> None:
    with pytest.raises(OperationTimeout, match=r"not done after 0\.2 s"):
        await client.wait_container(box, timeout=0.2)
    assert await client.container_is_running(box)


async def test_wait_until_running(client: DockerClient, engine: Engine, image: str, name: Names) -> None:
    mine = name()
    waiting = [asyncio.ensure_future(client.wait_until_running(mine, 120)) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    engine.docker("create", "--name", mine, image, "sleep", "3600")
    await client.start_container(mine)
    await asyncio.gather(*waiting)
    await client.wait_until_running(mine)


async def test_wait_until_running_ends_in_time(client: DockerClient, name: Names) -> None:
    with pytest.raises(OperationTimeout, match=r"not done after 0\.[23] s"):
        await client.wait_until_running(name(), 0.3)


async def test_rename(client: DockerClient, container: str, name: Names) -> None:
    other = name()
    await client.rename_container(container, other)
    assert await client.container_exists(other)
    assert not await client.container_exists(container)
    with pytest.raises(InvalidArgument):
        await client.rename_container(other, "no good/name")


async def test_rename_to_a_name_in_use(client: DockerClient, box: str, container: str) -> None:
    with pytest.raises(Conflict, match=box):
        await client.rename_container(container, box)


async def test_remove(client: DockerClient, container: str) -> None:
    with pytest.raises(Conflict, match="running"):
        await client.remove_container(container)
    await client.remove_container(container, force=True)
    with pytest.raises(ContainerNotFound):
        await client.remove_container(container)


async def test_remove_volumes(client: DockerClient, engine: Engine, image: str, name: Names) -> None:
    volumes = []
    for remove in (True, False):
        mine = name()
        await client.run_container(image, ["true"], ["--name", mine, "-v", "/data"])
        volume = (await client.inspect_container(mine))["Mounts"][0]["Name"]
        await client.remove_container(mine, volumes=remove)
        volumes.append((volume, remove))
    left = {row["Name"] for row in engine.api_get("/volumes")["Volumes"]}
    for volume, removed in volumes:
        assert (volume not in left) is removed
        if not removed:
            engine.docker("volume", "rm", volume)


async def test_state(client: DockerClient, box: str, name: Names) -> None:
    state = await client.container_state(box)
    assert (state.exists, state.running, state.status) == (True, True, "running")
    assert await client.container_exists(state.id)
    assert await client.container_exists(state.id[:12])
    assert await client.container_is_running(state.id)
    missing = await client.container_state(name())
    assert (missing.exists, missing.running, missing.id) == (False, False, "")


async def test_names_are_exact(client: DockerClient, box: str) -> None:
    """docker's filter by name finds parts of names."""
    assert not await client.container_exists(box[:-1])
    assert not await client.container_is_running(box + "x")
    assert await client.container_exists(box)


async def test_a_paused_container_runs(client: DockerClient, engine: Engine, container: str) -> None:
    engine.docker("pause", container)
    state = await client.container_state(container)
    assert (state.running, state.status) == (True, "paused")


async def test_inspect(client: DockerClient, engine: Engine, container: str) -> None:
    ours = await client.inspect_container(container)
    assert ours == engine.api_get(f"/v{await api_version(client)}/containers/{container}/json")


async def api_version(client: DockerClient) -> str:
    return (await client.ping()).api_version


async def test_every_method_says_that_there_is_no_such_container(client: DockerClient, name: Names) -> None:
    missing = name()
    for call in (
        client.start_container(missing),
        client.stop_container(missing),
        client.restart_container(missing),
        client.kill_container(missing),
        client.remove_container(missing),
        client.remove_container(missing, force=True),
        client.wait_container(missing),
        client.rename_container(missing, name()),
        client.resize_container(missing, 10, 10),
        client.inspect_container(missing),
        client.mkdir_in_container(missing, "/x"),
        client.copy_to_container(__file__, missing, "/x"),
        client.copy_from_container(missing, "/x", "/tmp/never"),
        client.start_exec(missing, ["true"]),
        client.exec_container(missing, ["true"]),
    ):
        with pytest.raises(ContainerNotFound, match=missing) as failure:
            await call
        assert failure.value.op
    with pytest.raises(ContainerNotFound):
        async for _ in client.container_logs(missing):
            pass


@pytest.mark.parametrize("bad", ["", " ", "a/b", "../x", "nul\x00", "/", ".."])
async def test_bad_names_are_refused_everywhere(client: DockerClient, bad: str) -> None:
    for call in (
        client.start_container(bad),
        client.stop_container(bad),
        client.remove_container(bad, force=True),
        client.inspect_container(bad),
        client.exec_container(bad, ["true"]),
        client.copy_to_container(__file__, bad, "/x"),
        client.container_exists(bad),
        client.wait_until_running(bad, 1),
        client.mkdir_in_container(bad, "/x"),
    ):
        with pytest.raises(InvalidArgument):
            await call


@pytest.mark.parametrize("odd", ["a b", "ü", "?all=1", "-x", "%2e%2e", "a#b"])
async def test_names_that_no_container_can_have_are_not_found(client: DockerClient, odd: str) -> None:
    with pytest.raises(ContainerNotFound):
        await client.inspect_container(odd)
    with pytest.raises(ContainerNotFound):
        await client.remove_container(odd, force=True)
    assert not await client.container_exists(odd)


async def test_arguments_of_a_wrong_type(client: DockerClient, box: str) -> None:
    for call in (
        client.start_container(5),  # type: ignore[arg-type]
        client.stop_container(box, timeout="x"),  # type: ignore[arg-type]
        client.stop_container(box, timeout=-5),
        client.kill_container(box, 1.5),  # type: ignore[arg-type]
        client.wait_container(box, timeout=0),
        client.rename_container(box, None),  # type: ignore[arg-type]
        client.wait_until_running(box, -1),
        client.resize_container(box, -1, 5),
    ):
        with pytest.raises(InvalidArgument):
            await call
    assert await client.container_is_running(box)


async def test_health_is_seen(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    options = ["-d", "--name", mine, "--health-cmd", "true", "--health-interval", "1s"]
    await client.run_container(image, ["sleep", "3600"], options)

    async def healthy() -> bool:
        return bool((await client.inspect_container(mine))["State"]["Health"]["Status"] == "healthy")

    await until(healthy, "the health check")
