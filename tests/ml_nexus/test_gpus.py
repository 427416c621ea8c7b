"""GPUs: requested if the engine has them. The testbed's engines have none."""

from __future__ import annotations

from typing import Any

import pytest

from ml_nexus_go import DockerClient, DockerError, EngineError, ForwardingDockerClient, InvalidArgument
from ml_nexus_go.environments._gpus import check, gpu_words

from ..support.bed import Engine
from .conftest import Project, _project


@pytest.fixture(params=["engine-old", "engine-new"])
def on_engine(request: pytest.FixtureRequest, tmp_path, testbed):  # type: ignore[no-untyped-def]
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


@pytest.mark.parametrize("gpus", ["device=0", "device=0,1", [0], [0, 1], ["GPU-1", "GPU-2"], 2, "2", "count=1"])
async def test_docker_understands_what_is_asked_for(local_project: Project, gpus: Any) -> None:
    """The engine has none, and says so; an invalid value never reaches it."""
    environment = await local_project.host_environment(gpus=gpus)
    with pytest.raises(EngineError, match=r"device driver|GPU"):
        await environment.run_script("true")


def test_what_is_asked_for_in_docker_words() -> None:
    asked = {
        "all": "all",
        "3": "3",
        "device=0": "device=0",
        "device=GPU-1,2": '"device=GPU-1,2"',
        "device=0,capabilities=utility": "device=0,capabilities=utility",
        "driver=nvidia,count=1": "driver=nvidia,count=1",
    }
    assert {value: gpu_words(value) for value in asked} == {value: ["--gpus", word] for value, word in asked.items()}
    assert gpu_words([0, "GPU-1"]) == ["--gpus", '"device=0,GPU-1"']
    assert gpu_words([3]) == ["--gpus", "device=3"]
    assert gpu_words(2) == ["--gpus", "2"]
    assert gpu_words(None) == []


@pytest.mark.parametrize("gpus", ["some", "", 0, -1, True, [], [""], ["all"], [True], 1.5, {"device": 0}])
def test_what_makes_no_sense_is_refused(gpus: Any) -> None:
    with pytest.raises(InvalidArgument, match="gpus must be"):
        check(gpus)


class WithGpus(ForwardingDockerClient):
    """An engine that has the GPUs that are requested."""

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
