"""Containers that are created and not started."""

from __future__ import annotations

import asyncio

import pytest

from ml_nexus_go import Conflict, DockerClient, ImageNotFound, InvalidArgument, RunOptions

from .support.bed import Engine
from .support.names import Names

pytestmark = pytest.mark.by_turns


async def test_create_and_start(client: DockerClient, engine: Engine, image: str, name: Names) -> None:
    mine = name()
    options = RunOptions(name=mine, env={"A": "b  c"}, memory="64m", label={"a": "b=c"}, restart="no")
    made = await client.create_container(image, 'echo "$A"; exit 3', options, shell=True)
    assert isinstance(made.warnings, tuple)
    about = engine.api_get(f"/containers/{mine}/json")
    assert (about["Id"], about["State"]["Status"]) == (made, "created")
    assert (about["HostConfig"]["Memory"], about["Config"]["Labels"]["a"]) == (64 << 20, "b=c")
    await client.start_container(mine)
    assert await client.wait_container(mine) == 3
    assert [line async for line in client.container_logs(mine)] == [b"b  c\n"]


async def test_it_is_what_docker_create_makes(client: DockerClient, engine: Engine, image: str, name: Names) -> None:
    mine, dockers = name(), name()
    options = ["-it", "--rm", "-p", "127.0.0.1::80", "-v", "/data", "--hostname", "h", "--user", "1000"]
    await client.create_container(image, ["sh"], ["--name", mine, *options])
    engine.docker("create", "--name", dockers, *options, image, "sh")
    about, wanted = (engine.api_get(f"/containers/{one}/json") for one in (mine, dockers))
    for config in about["Config"], wanted["Config"]:
        config["Labels"] = {key: v for key, v in config["Labels"].items() if not key.startswith("ml-nexus-go.")}
    assert about["Config"] == wanted["Config"]
    for host in about["HostConfig"], wanted["HostConfig"]:
        host.pop("ConsoleSize", None)
    assert about["HostConfig"] == wanted["HostConfig"]


async def test_what_cannot_be_created(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    for options, says in (
        (RunOptions(name=mine, detach=True), "--detach is an option of running"),
        (["--name", mine, "--no-such-flag"], "unknown flag: --no-such-flag"),
        (["--name", mine, "--memory=much"], "invalid size: 'much'"),
    ):
        with pytest.raises(InvalidArgument, match=says):
            await client.create_container(image, options=options)
    assert not await client.container_exists(mine)
    with pytest.raises(ImageNotFound):
        await client.create_container("mlng-no-such-image", options="--pull never")
    await client.create_container(image, options=["--name", mine])
    with pytest.raises(Conflict):
        await client.create_container(image, options=["--name", mine])


async def test_a_cancelled_creation_leaves_no_container(client: DockerClient, image: str, name: Names) -> None:
    for turns in range(6):
        mine = name()
        task = asyncio.ensure_future(client.create_container(image, options=["--name", mine]))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not await client.container_exists(mine)
