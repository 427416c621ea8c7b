"""What a script in a running container costs: what is sent if nothing changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import DockerClient, ForwardingDockerClient
from ml_nexus_go.environments import CacheMountRequest, DirectMountRequest

from ..support.bed import Engine
from ..support.recorder import Recorder
from .conftest import Project, _project


class Noting(ForwardingDockerClient):
    """Notes the methods that are called."""

    def __init__(self, inner: DockerClient) -> None:
        super().__init__(inner)
        self.called: list[str] = []

    async def forward(self, method: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        self.called.append(method)
        return await super().forward(method, *args, **kwargs)


@pytest.fixture
async def recorder(tmp_path: Path, testbed: None) -> AsyncIterator[Recorder]:
    async with Recorder(Engine("engine-new").socket, tmp_path) as made:
        yield made


@pytest.fixture
def recorded_project(recorder: Recorder, tmp_path: Path) -> Iterator[Project]:
    """On the current engine over SSH; requests to it are recorded."""
    yield from _project(Engine("engine-new", "ssh", via=recorder.socket), tmp_path)


async def test_a_durable_script_is_one_exec(recorded_project: Project, recorder: Recorder) -> None:
    source = recorded_project.folder("src", f="1")
    environment = await recorded_project.persistent(DirectMountRequest(source, Path("/src")))
    await environment.run_script("true")
    recorder.requests.clear()
    await environment.run_script("cat /src/f")
    assert recorder.requests[:2] == ["POST /containers/ID/exec", "POST /exec/ID/start"]
    # Its exit code comes with the events; a slow engine is asked for it.
    assert {*recorder.requests[2:]} <= {"GET /exec/ID/json", "GET /events"}
    recorder.requests.clear()
    await environment.ensure_container()
    assert [one for one in recorder.requests if one != "GET /events"] == [
        f"GET /containers/{environment.container_name}/json"
    ]


async def test_caches_are_made_with_the_container(local_project: Project) -> None:
    client = Noting(await local_project.client())
    source = local_project.folder("src", f="1")
    requests = [CacheMountRequest("cache", Path("/cache")), DirectMountRequest(source, Path("/src"))]
    environment = await local_project.persistent(*requests, docker_client=client)
    await environment.run_script("true")
    client.called.clear()
    await environment.run_script("touch /cache/f")
    assert client.called == ["sync_to_host", "exec_container"]
    local_project.place.docker("kill", environment.container_name)
    await environment.run_script("cat /cache/f /src/f")
    assert "mkdir_on_host" in client.called
