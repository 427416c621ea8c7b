"""Errors that the engine's state causes."""

from __future__ import annotations

import pytest

from ml_nexus_go import Conflict, ContainerNotFound, ContainerNotRunning, DockerClient, ImageNotFound

from .support.names import Names

pytestmark = pytest.mark.by_turns


async def test_no_such_container(client: DockerClient, name: Names) -> None:
    missing = name()
    with pytest.raises(ContainerNotFound, match=missing) as failure:
        await client.exec_container(missing, ["true"])
    assert failure.value.kind == "ContainerNotFound"


async def test_no_such_image(client: DockerClient, name: Names) -> None:
    missing = name.image()
    with pytest.raises(ImageNotFound, match=missing.partition(":")[0]):
        await client.run_container(missing, ["true"], ["--rm", "--pull", "never"])


async def test_exec_in_a_container_that_has_ended(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, ["true"], ["--name", mine])
    with pytest.raises(ContainerNotRunning):
        await client.exec_container(mine, ["true"])


async def test_name_in_use(client: DockerClient, image: str, container: str) -> None:
    with pytest.raises(Conflict, match=container):
        await client.run_container(image, ["true"], ["--name", container])
