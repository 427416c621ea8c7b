"""Pulls and pushes whose connection to the engine is cut while the engine is busy with a registry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from ml_nexus_go import ConnectionLost, DockerClient, TransferStatus

from ..conftest import Connect
from ..support.bed import Engine
from ..support.images import has_image, import_image
from ..support.names import Names
from ..support.proxy import Proxy
from ..support.relay import Relay
from ..support.wait import DEADLINE

pytestmark = pytest.mark.connections("ssh")

SIZE = 3_000_000
WAYS = pytest.mark.parametrize("way", ["pull", "push"])


class Halfway:
    """A pull or a push of one image, which stops in the middle of a layer."""

    def __init__(self, way: str, image: str, relay: Relay, login: dict[str, Any]) -> None:
        self.way, self.image, self._relay, self._login = way, image, relay, login
        self.beginnings = 0
        self._begun = asyncio.Event()

    def _note(self, event: object) -> None:
        if isinstance(event, TransferStatus) and ("Pulling from" in event.message or "push refers to" in event.message):
            self.beginnings += 1
            self._begun.set()

    def begin(self, client: DockerClient) -> asyncio.Task[Any]:
        if self.way == "pull":
            return asyncio.create_task(client.pull_image(self.image, on_progress=self._note, **self._login))
        return asyncio.create_task(client.push_image(self.image, on_progress=self._note, **self._login))

    async def reached(self) -> None:
        """Return when the engine has reported progress, and is in the middle of the layer."""
        await asyncio.wait_for(self._begun.wait(), DEADLINE)
        await asyncio.wait_for(self._relay.stopped.wait(), DEADLINE)

    def go_on(self) -> None:
        self._relay.go.set()


@pytest.fixture
async def halfway(
    engine: Engine, client: DockerClient, name: Names, bed: Callable[[str], dict[str, Any]], way: str
) -> AsyncIterator[Halfway]:
    registry = bed("registry-auth")
    login = {"username": registry["username"], "password": registry["password"]}
    host, _, port = str(registry["address"]).partition(":")
    async with Relay(int(port), host, stop_after=SIZE / 3) as relay:
        image = name.image("v1", f"{host}:{relay.port}")
        import_image(engine, image, SIZE)
        if way == "pull":
            direct = name.image_at(registry["address"], image)
            await client.tag_image(image, direct)
            await client.push_image(direct, **login)
            engine.docker("rmi", image, direct)
        yield Halfway(way, image, relay, login)


@WAYS
async def test_it_is_done_again_when_the_line_is_back(
    connect_to: Connect, proxy: Proxy, engine: Engine, halfway: Halfway
) -> None:
    transfer = halfway.begin(connect_to(ssh_config=proxy.config))
    await halfway.reached()
    proxy.cut()
    halfway.go_on()
    proxy.mend()
    result = await asyncio.wait_for(transfer, DEADLINE)
    assert (result, halfway.beginnings) == (halfway.image, 2)
    assert has_image(engine, halfway.image)
    again = await halfway.begin(connect_to())
    assert again.digest == result.digest


@WAYS
async def test_an_engine_that_does_not_come_back(connect_to: Connect, proxy: Proxy, halfway: Halfway) -> None:
    transfer = halfway.begin(connect_to(ssh_config=proxy.config, reconnect_timeout=1))
    await halfway.reached()
    proxy.cut()
    with pytest.raises(ConnectionLost, match="the engine did not answer again"):
        await asyncio.wait_for(transfer, DEADLINE)
    assert halfway.beginnings == 1
