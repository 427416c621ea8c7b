"""Where go_docker_design is in a design, and the warning if it has no effect."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from pinjected import AsyncResolver, Design, design

from ml_nexus_go import DockerClient
from ml_nexus_go.injection import _hidden, ml_nexus_default_docker_client, ml_nexus_docker_connect

from .conftest import Project

_CLASSES = [
    *("new_DockerHostEnvironment", "new_DockerEnvFromSchematics", "new_PersistentDockerEnvFromSchematics"),
    *("new_LocalDockerClient", "new_RemoteDockerClient"),
]


@pytest.fixture(autouse=True)
def not_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_hidden, "_warned", False)


def theirs(client: DockerClient) -> Design:
    """Return what load_env_design binds, of ml_nexus's own."""
    return design(**{name: (lambda **_: client) for name in _CLASSES}, a_build_docker=lambda: None)


async def warned(bound: Design, *names: str) -> list[str]:
    """Return the warnings while names are resolved."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name in names:
            await AsyncResolver(bound, callbacks=[]).provide(name)
    return [str(warning.message) for warning in caught if "go_docker_design" in str(warning.message)]


@pytest.mark.parametrize("name", ["f_docker_login", "ml_nexus_default_docker_client"])
async def test_a_design_of_ml_nexus_after_ours_is_told_once(local_project: Project, name: str) -> None:
    client = await local_project.client()
    hidden = local_project.design() + design(**{one: (lambda **_: client) for one in _CLASSES})
    (said,) = await warned(hidden, name, name, "a_docker_push__local")
    assert "changes nothing" in said
    assert "load_env_design + ... + go_docker_design" in said


async def test_the_right_order_is_silent(local_project: Project) -> None:
    client = await local_project.client()
    assert await warned(theirs(client) + local_project.design(), "f_docker_login", *_CLASSES) == []


async def test_one_binding_of_the_users_own_is_silent(local_project: Project) -> None:
    own: Any = design(new_DockerHostEnvironment=lambda: None)
    assert await warned(local_project.design() + own, "f_docker_login", "ml_nexus_default_docker_client") == []


async def test_single_names_of_ours_are_silent(local_project: Project) -> None:
    client = await local_project.client()
    picked = theirs(client) + design(
        ml_nexus_default_docker_client=ml_nexus_default_docker_client,
        ml_nexus_docker_connect=ml_nexus_docker_connect,
        new_LocalDockerClient=lambda: lambda: client,
    )
    assert await warned(picked, "ml_nexus_default_docker_client") == []
