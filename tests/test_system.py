"""The engine itself, and the version of its API."""

from __future__ import annotations

import asyncio

import pytest

from ml_nexus_go import DockerError

from .conftest import Connect
from .support.bed import Engine

OURS = (1, 51)


async def test_the_version_is_negotiated(connect_to: Connect, engine: Engine) -> None:
    client = connect_to()
    ping = await client.ping()
    used = tuple(map(int, ping.api_version.split(".")))
    assert used <= engine.api
    assert used == min(engine.api, max(OURS, used))
    assert ping.os_type == "linux"


async def test_info_and_version(connect_to: Connect, engine: Engine) -> None:
    client = connect_to()
    assert (await client.info())["ID"] == engine.api_get("/info")["ID"]
    version = await client.version()
    assert version["ApiVersion"] == ".".join(map(str, engine.api))
    assert version == engine.api_get("/version")


async def test_a_version_by_the_environment(connect_to: Connect) -> None:
    older = connect_to(environ={"DOCKER_API_VERSION": "1.40", "HOME": "/root"})
    assert (await older.ping()).api_version == "1.40"
    assert await older.list_containers() is not None
    newer = connect_to(environ={"DOCKER_API_VERSION": "9.99", "HOME": "/root"})
    with pytest.raises(DockerError, match=r"9\.99"):
        await newer.list_containers()


async def test_many_first_calls_at_once(connect_to: Connect) -> None:
    client = connect_to()
    answers = await asyncio.gather(*(client.ping() for _ in range(100)))
    assert len({answer.api_version for answer in answers}) == 1


async def test_a_client_tells_its_state(connect_to: Connect, engine: Engine) -> None:
    client = connect_to()
    assert client.target == engine.target
    assert repr(client).endswith("not connected yet>")
    await client.ping()
    assert repr(client).endswith("open>")
    await client.aclose()
    assert repr(client).endswith("closed>")
