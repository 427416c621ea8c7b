"""GPUs: asked for where the engine has them. The testbed's engines have none."""

from __future__ import annotations

import pytest

from ml_nexus_go import DockerError

from ..support.bed import Engine
from .conftest import Project, _project


@pytest.fixture(params=["engine-old", "engine-new"])
def on_engine(request: pytest.FixtureRequest, tmp_path):  # type: ignore[no-untyped-def]
    yield from _project(Engine(request.param), tmp_path)


async def test_auto_starts_without_where_there_are_none(on_engine: Project) -> None:
    environment = await on_engine.host_environment(docker_builder=on_engine.builder("mlng-debian"))
    result = await environment.run_script("echo runs once")
    assert result.stdout.count("runs once\n") == 2  # the script itself, and its output
    assert on_engine.containers() == []


async def test_all_fails_where_there_are_none(on_engine: Project) -> None:
    environment = await on_engine.host_environment(gpus="all")
    with pytest.raises(DockerError, match=r"device driver|GPU"):
        await environment.run_script("true")
    assert on_engine.containers() == []


async def test_none_asks_for_none(on_engine: Project) -> None:
    environment = await on_engine.persistent(gpus=None)
    await environment.ensure_container()
    container = await environment.client.inspect_container(environment.container_name)
    assert not container["HostConfig"]["DeviceRequests"]


async def test_an_option_of_the_users_own_wins(on_engine: Project) -> None:
    environment = await on_engine.host_environment(docker_options=["--gpus", "1"])
    with pytest.raises(DockerError, match=r"device driver|GPU"):
        await environment.run_script("true")
