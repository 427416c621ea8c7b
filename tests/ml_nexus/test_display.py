"""What a live display shows: errors that are errors, and names that people know."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from pinjected.cli_visualizations import design_rich_tree

from ml_nexus_go import CommandFailed, DockerClient, DockerError, ForwardingDockerClient
from ml_nexus_go.environments import _gpus
from ml_nexus_go.injection import SystemCallEnd, SystemCallStart, go_docker_design

from .conftest import Project

_ID = re.compile("[0-9a-f]{64}")


@pytest.fixture(autouse=True)
def unknown_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_gpus, "_engines", {})


def codes(events: list[Any]) -> list[int]:
    return [event.code for event in events if isinstance(event, SystemCallEnd)]


@pytest.mark.parametrize("durable", [False, True])
async def test_a_persistent_environment_shows_no_error_that_is_none(local_project: Project, durable: bool) -> None:
    events: list[Any] = []
    client = await local_project.provide("ml_nexus_default_docker_client", ml_nexus_system_call_event_bus=events.append)
    environment = await local_project.persistent(docker_client=client, durable=durable)
    await environment.run_script("echo first")
    await environment.run_script("echo second")
    local_project.place.docker("kill", environment.container_name)
    await environment.run_script("echo third")
    others = [await local_project.persistent(container_name=environment.container_name) for _ in range(3)]
    await asyncio.gather(*(other.ensure_container() for other in (environment, *others)))
    await environment.stop()
    await environment.stop()
    assert set(codes(events)) == {0}
    assert not any(_ID.search(event.command) for event in events)
    execs = [event.command for event in events if isinstance(event, SystemCallStart) and " exec " in event.command]
    assert execs
    assert all(f" {environment.container_name} " in command for command in execs)


async def test_an_error_shows_the_container_by_its_name(local_project: Project) -> None:
    environment = await local_project.persistent()
    await environment.run_script("true")
    with pytest.raises(CommandFailed) as caught:
        await environment.run_script("exit 3")
    assert environment.container_name in str(caught.value)
    assert environment.container_name in caught.value.args[0]
    assert not _ID.search(str(caught.value))


async def test_a_real_error_is_shown(local_project: Project) -> None:
    events: list[Any] = []
    client = await local_project.provide("ml_nexus_default_docker_client", ml_nexus_system_call_event_bus=events.append)
    environment = await local_project.persistent(docker_client=client, docker_options=["--device", "/dev/no-such"])
    with pytest.raises(DockerError, match="no-such"):
        await environment.run_script("true")
    assert any(codes(events))


class Counting(ForwardingDockerClient):
    """Counts the runs that ask for GPUs."""

    def __init__(self, inner: DockerClient, asked: list[str]) -> None:
        super().__init__(inner)
        self.asked = asked

    async def run_container(self, image: str, command: Any = None, options: Any = None, **keywords: Any) -> Any:
        self.asked += [word for word in options if word == "--gpus"]
        return await super().run_container(image, command, options, **keywords)


async def test_an_engine_is_asked_once_for_gpus(local_project: Project) -> None:
    asked: list[str] = []
    for _ in range(3):
        client = Counting(local_project.place.connect(), asked)
        environment = await local_project.host_environment(docker_client=client)
        await environment.run_script("true")
        await client.aclose()
    assert asked == ["--gpus"]


@pytest.mark.parametrize("name", sorted(key.name for key in go_docker_design.bindings))
def test_the_tree_that_pinjected_prints_has_no_errors(local_project: Project, name: str) -> None:
    tree = design_rich_tree(local_project.design(), name)
    assert "Error" not in tree
    assert "__resolver__" not in tree
