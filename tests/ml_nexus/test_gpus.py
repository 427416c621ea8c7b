"""GPUs: asked for where the engine has them. The testbed's engines have none."""

from __future__ import annotations

from typing import Any

import pytest

from ml_nexus_go import DockerClient, DockerError, ForwardingDockerClient

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


class WithGpus(ForwardingDockerClient):
    """An engine that has what is asked for."""

    def __init__(self, inner: DockerClient) -> None:
        super().__init__(inner)
        self.asked: list[bool] = []

    async def info(self) -> dict[str, Any]:
        return {**await super().info(), "ID": "an engine with GPUs"}

    async def run_container(self, image: str, command: Any = None, options: Any = None, **keywords: Any) -> Any:
        words = list(options)
        self.asked.append("--gpus" in words)
        if self.asked[-1]:
            at = words.index("--gpus")
            assert words[at : at + 2] == ["--gpus", "all"]
            del words[at : at + 2]
        return await super().run_container(image, command, words, **keywords)


@pytest.mark.parametrize("kind", ["host_environment", "from_schematics", "persistent"])
@pytest.mark.parametrize(("gpus", "asked"), [("auto", True), ("all", True), (None, False)])
async def test_an_engine_that_has_them_is_asked_once(
    local_project: Project, kind: str, gpus: str | None, asked: bool
) -> None:
    client = WithGpus(await local_project.client())
    environment = await getattr(local_project, kind)(docker_client=client, gpus=gpus)
    await environment.run_script("true")
    await environment.run_script("true")
    assert client.asked == [asked] * (1 if kind == "persistent" else 2)


async def test_one_engine_without_them_says_nothing_of_others(local_project: Project) -> None:
    client = WithGpus(await local_project.client())
    await (await local_project.host_environment()).run_script("true")
    await (await local_project.host_environment(docker_client=client)).run_script("true")
    assert client.asked == [True]
