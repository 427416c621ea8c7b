"""Which client an environment uses, and what it passes on."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import pytest

from ml_nexus_go import DockerClient, ForwardingDockerClient, InvalidArgument
from ml_nexus_go.environments import DockerEnvFromSchematics, DockerHostEnvironment, DockerHostMounter

from .conftest import Project
from .standins import ProjectDef, ProjectDir


class Recording(ForwardingDockerClient):
    """A client of a user's own."""

    def __init__(self, inner: DockerClient) -> None:
        super().__init__(inner)
        self.calls: list[str] = []

    async def forward(self, method: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        self.calls.append(method)
        return await super().forward(method, *args, **kwargs)


async def test_the_default_client_is_taken(local_project: Project) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        environment = await local_project.host_environment()
    assert environment.docker_client.target == local_project.place.target


@pytest.mark.parametrize("kind", ["host_environment", "from_schematics", "persistent"])
async def test_docker_host_works_and_warns(local_project: Project, kind: str) -> None:
    with pytest.warns(DeprecationWarning, match="docker_client="):
        environment = await getattr(local_project, kind)(docker_host=local_project.place.target)
    assert environment.docker_host == local_project.place.target
    assert "hello" in await environment.run_script("echo hello")
    dataclasses.replace(environment)


async def test_docker_host_may_be_positional(local_project: Project) -> None:
    make = await local_project.provide("new_DockerHostEnvironment")
    with pytest.warns(DeprecationWarning, match="docker_client="):
        environment = make(local_project.project, local_project.builder(), "gpu7")
    assert environment.docker_client.target == "gpu7"
    client = await local_project.client()
    assert make(local_project.project, local_project.builder(), client).docker_client is client


@pytest.mark.parametrize("kind", ["host_environment", "from_schematics", "persistent"])
async def test_both_are_an_error(local_project: Project, kind: str) -> None:
    client = await local_project.client()
    with pytest.raises(InvalidArgument, match="not both"):
        await getattr(local_project, kind)(docker_client=client, docker_host="localhost")


@pytest.mark.parametrize("fields", [{"docker_client": "gpu7"}, {"docker_host": 7}, {"gpus": "some"}])
async def test_other_types_are_refused(local_project: Project, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="must be"):
        await local_project.host_environment(**fields)


@pytest.mark.parametrize("kind", ["host_environment", "from_schematics", "persistent"])
async def test_a_client_of_the_users_own_flows_down(project: Project, kind: str) -> None:
    project.resource("data", x="1")
    client = Recording(await project.client())
    environment = await getattr(project, kind)(docker_client=client)
    assert "hello" in await environment.run_script("echo hello; cat /resources/data/x")
    assert "sync_to_host" in client.calls
    assert "run_container" in client.calls


async def test_builds_of_an_environment_go_to_its_client(local_project: Project) -> None:
    client = Recording(await local_project.client())
    builder = local_project.builder()
    builder.a_build_docker = await local_project.provide("a_build_docker", ml_nexus_docker_host="no-such-host")
    environment = await local_project.host_environment(docker_builder=builder, docker_client=client)
    result = await environment.run_script("echo $HF_HOME")
    assert "/resources/huggingface\n" in result
    assert client.calls[0] == "build_image"


async def test_environments_work_without_pinjected(local_project: Project) -> None:
    client = await local_project.client()
    environment = DockerHostEnvironment(
        project=ProjectDef([ProjectDir("x")]),
        docker_builder=local_project.builder(),
        docker_client=client,
        image_tag=local_project.tag,
        mounter=DockerHostMounter(host_resource_root=local_project.host),
        gpus=None,
    )
    assert "plain" in await environment.run_script("echo plain")


def test_the_warning_points_to_who_made_the_environment(local_project: Project) -> None:
    with pytest.warns(DeprecationWarning, match="docker_client=") as warned:
        DockerEnvFromSchematics(
            project=local_project.project,
            schematics=local_project.schematic(),
            placement=local_project.placement,
            docker_host="gpu7",
        )
    assert [warning.filename for warning in warned] == [__file__]


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({}, "project="),
        ({"project": ProjectDef([ProjectDir("x")])}, "schematics="),
        ({"project": ProjectDef([ProjectDir("x")]), "schematics": object()}, "placement="),
    ],
)
def test_what_is_missing_is_named(fields: dict[str, Any], missing: str) -> None:
    with pytest.raises(InvalidArgument, match=missing):
        DockerEnvFromSchematics(**fields)


async def test_no_client_at_all_is_said(local_project: Project) -> None:
    with pytest.raises(InvalidArgument, match="go_docker_design"):
        DockerHostEnvironment(
            project=local_project.project,
            docker_builder=local_project.builder(),
            image_tag="x",
            mounter=DockerHostMounter(),
        )
