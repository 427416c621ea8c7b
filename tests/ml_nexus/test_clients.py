"""The design's clients: which one, how many, and for how long."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from pinjected import AsyncResolver, design
from pinjected.exceptions import DependencyResolutionError

from ml_nexus_go import (
    CommandFailed,
    DockerClient,
    EngineUnreachable,
    ForwardingDockerClient,
    InvalidArgument,
    LocalDockerClient,
    RemoteDockerClient,
)
from ml_nexus_go._clients.shared import connection
from ml_nexus_go.injection import go_docker_design

from ..support.wait import DEADLINE
from .conftest import IMAGE, Project
from .standins import import_ml_nexus


async def provide(name: str, **bound: Any) -> Any:
    return await AsyncResolver(design(**bound) + go_docker_design, callbacks=[]).provide(name)


@pytest.mark.parametrize("host", [None, "", "localhost", "127.0.0.1", "local", "unix:///run/x.sock"])
async def test_a_local_host_gives_a_local_client(host: str | None) -> None:
    client = await provide("ml_nexus_default_docker_client", ml_nexus_docker_host=host)
    assert isinstance(client, LocalDockerClient)


@pytest.mark.parametrize("host", ["gpu7", "me@gpu7", "ssh://gpu7:2222"])
async def test_any_other_host_gives_a_remote_client(host: str) -> None:
    client = await provide("ml_nexus_default_docker_client", ml_nexus_docker_host=host)
    assert isinstance(client, RemoteDockerClient)
    assert client.target == host


async def test_nothing_bound_is_the_local_engine() -> None:
    client = await provide("ml_nexus_default_docker_client")
    assert isinstance(client, LocalDockerClient)
    assert client.target == "local"


async def test_a_context_is_used_where_bound_and_the_host_is_local() -> None:
    bound = {"ml_nexus_docker_build_context": "zeus"}
    assert (await provide("ml_nexus_default_docker_client", **bound)).target == "context://zeus"
    remote = await provide("ml_nexus_default_docker_client", ml_nexus_docker_host="gpu7", **bound)
    assert remote.target == "gpu7"
    none = await provide("ml_nexus_default_docker_client", ml_nexus_docker_build_context=None)
    assert none.target == "local"
    connect = await provide("ml_nexus_docker_connect", **bound)
    assert [connect(host).target for host in ("localhost", "local", "gpu7")] == ["context://zeus"] * 2 + ["gpu7"]
    make = await provide("new_LocalDockerClient", **bound)
    assert make(_ml_nexus_docker_build_context=None).target == "local"


async def test_constructors_take_ml_nexus_arguments() -> None:
    local = await provide("new_LocalDockerClient")
    assert local(print, None, "zeus").target == "context://zeus"
    assert local(_a_system=print, _logger=None, _ml_nexus_docker_build_context=None).target == "local"
    remote = await provide("new_RemoteDockerClient")
    assert remote(host="gpu7").target == remote("gpu7").target == remote(print, None, "gpu7").target == "gpu7"
    assert isinstance(remote(host="localhost"), RemoteDockerClient)
    for wrong in ({}, {"host": ""}, {"host": 7}):
        with pytest.raises(InvalidArgument, match="host="):
            remote(**wrong)


async def test_a_missing_key_is_named() -> None:
    with pytest.raises(DependencyResolutionError, match="storage_resolver"):
        await provide("new_DockerEnvFromSchematics")


async def test_an_unknown_host_says_so() -> None:
    client = await provide("ml_nexus_default_docker_client", ml_nexus_docker_host="no-such-host.invalid")
    with pytest.raises(EngineUnreachable, match=r"no-such-host\.invalid"):
        await client.list_containers()


async def test_one_connection_for_a_host_and_loop(local_project: Project) -> None:
    first, second = await local_project.client(), await local_project.client()
    assert first is not second
    assert connection(first._place) is connection(second._place)  # type: ignore[attr-defined]
    await first.ping()
    await first.aclose()
    assert (await second.ping()).os_type == "linux"


def test_a_client_serves_one_loop_after_the_other(project: Project) -> None:
    client = asyncio.run(project.client())

    async def use() -> Any:
        await client.ping()
        return connection(client._place)  # type: ignore[attr-defined]

    first, second = asyncio.run(use()), asyncio.run(use())
    assert first is not second
    assert first._closed
    assert second._closed


def test_a_program_may_end_without_closing(local_project: Project) -> None:
    program = f"""
import asyncio
from ml_nexus_go._clients.shared import shared_client
client = shared_client({local_project.place.target!r})
loop = asyncio.new_event_loop()
print(loop.run_until_complete(client.ping()).os_type)
loop.close()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "linux\n", "")


@pytest.mark.parametrize("wrap", [lambda client: client, ForwardingDockerClient])
async def test_isinstance_of_ml_nexus_class_once_imported(
    local_project: Project, monkeypatch: pytest.MonkeyPatch, wrap: Callable[[DockerClient], DockerClient]
) -> None:
    client = wrap(await local_project.client())
    environment = await local_project.host_environment()
    foreign = import_ml_nexus(monkeypatch)
    assert isinstance(client, foreign.DockerClient)
    assert not isinstance(client, foreign.IScriptRunner)
    assert isinstance(environment, foreign.IScriptRunner)
    assert isinstance(client, DockerClient)


async def test_command_exception_catches_a_failing_script(
    local_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = import_ml_nexus(monkeypatch)
    environment = await local_project.host_environment()
    with pytest.raises(foreign.CommandException) as caught:
        await environment.run_script("echo out; echo err >&2; exit 7")
    error = caught.value
    assert isinstance(error, CommandFailed)
    assert (error.code, "out" in error.stdout, error.stderr) == (7, True, "err\n")
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, again.stdout, again.stderr, str(again)) == (7, error.stdout, "err\n", str(error))


async def test_clients_that_share_a_connection_have_the_environment_of_their_calls(
    local_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def says(client: DockerClient) -> str:
        return str(await client.run_container(IMAGE, ["sh", "-c", "echo $MLNG_A"], ["--rm", "-e", "MLNG_A"]))

    monkeypatch.setenv("MLNG_A", "first")
    first = await local_project.client()
    assert await says(first) == "first\n"
    monkeypatch.setenv("MLNG_A", "second")
    second = await local_project.client()
    assert [await says(client) for client in (first, second)] == ["second\n"] * 2
    options = {"environ": {**os.environ, "MLNG_A": "given"}}
    given = await local_project.provide("ml_nexus_default_docker_client", ml_nexus_docker_connect_options=options)
    monkeypatch.delenv("MLNG_A")
    assert [await says(client) for client in (first, given, second)] == ["\n", "given\n", "\n"]
    views: list[Any] = [first, second, given]
    places = {connection(client._place) for client in views}
    assert len(places) == 1


async def test_a_context_of_docker_works(
    local_project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    host = f"host={local_project.place.host}"
    local_project.place.docker("context", "create", "bed", "--docker", host)
    client = await provide("ml_nexus_default_docker_client", ml_nexus_docker_build_context="bed")
    assert (await client.ping()).os_type == "linux"
