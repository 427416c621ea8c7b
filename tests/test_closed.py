"""Clients that were closed, or forgotten."""

from __future__ import annotations

import asyncio
import gc
import warnings

import pytest

from ml_nexus_go import ClientClosed, DockerClient, connect
from ml_nexus_go._errors.ends import CLOSED

from .conftest import Connect
from .support.bed import Engine
from .support.leaks import assert_nothing_open, settled

pytestmark = pytest.mark.by_turns


async def test_every_call_after_the_end_says_so(connect_to: Connect, image: str) -> None:
    client = connect_to()
    await client.ping()
    await client.aclose()
    await client.aclose()
    for call in (
        client.ping(),
        client.list_containers(),
        client.run_container(image, ["true"]),
        client.start_run(image, ["true"]),
        client.exec_container("x", ["true"]),
        client.copy_to_container(__file__, "x", "/x"),
        client.wait_container("x", timeout=1),
    ):
        with pytest.raises(ClientClosed) as failure:
            await call
        assert failure.value.message == CLOSED
    with pytest.raises(ClientClosed):
        async for _ in client.container_logs("x"):
            pass


async def test_a_client_that_was_never_used(connect_to: Connect) -> None:
    client = connect_to()
    await client.aclose()
    with pytest.raises(ClientClosed):
        await client.ping()


async def test_what_is_under_way_ends(connect_to: Connect, client: DockerClient, container: str) -> None:
    other = connect_to()
    work = [
        asyncio.ensure_future(other.exec_container(container, ["sleep", "3600"])),
        asyncio.ensure_future(other.wait_container(container)),
        asyncio.ensure_future(other.wait_until_running("mlng-never")),
    ]
    process = await other.start_exec(container, ["sleep", "3600"])
    await other.aclose()
    for end in await asyncio.gather(*work, process.wait(), return_exceptions=True):
        assert isinstance(end, ClientClosed), repr(end)
        assert end.message.startswith(CLOSED)
    assert await client.container_is_running(container)


async def test_a_durable_exec_outlives_its_client(
    connect_to: Connect, client: DockerClient, engine: Engine, container: str
) -> None:
    other = connect_to()
    command = "echo up; until [ -e /go ]; do sleep 0.05; done; echo down"
    process = await other.start_exec(container, command, shell=True, durable=True)
    assert await process.stdout.readline() == b"up\n"
    reading = asyncio.ensure_future(process.wait())
    await other.aclose()
    with pytest.raises(ClientClosed, match="reattach_exec") as failure:
        await reading
    assert failure.value.details["exec_id"] == process.exec_id
    engine.docker("exec", container, "touch", "/go")
    assert await client.reattach_exec(container, process.exec_id) == "up\ndown\n"


async def test_closed_while_it_opens(connect_to: Connect) -> None:
    client = connect_to()
    first = asyncio.ensure_future(client.ping())
    await asyncio.sleep(0)
    await client.aclose()
    with pytest.raises(ClientClosed):
        await first


async def test_a_context_manager_closes(engine: Engine) -> None:
    client = engine.connect()
    with pytest.raises(ZeroDivisionError):
        await divide_in(client)
    with pytest.raises(ClientClosed):
        await client.ping()
    await assert_nothing_open()


async def divide_in(client: DockerClient) -> None:
    """Use a client in a block that fails."""
    async with client as same:
        await same.ping()
        raise ZeroDivisionError


async def test_a_forgotten_client_is_closed_and_warned_about(engine: Engine) -> None:
    client = engine.connect()
    await client.ping()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del client
        gc.collect()
    messages = [str(one.message) for one in caught if one.category is ResourceWarning]
    assert any("unclosed client" in message for message in messages), messages
    assert (await settled({"clients": 0}))["clients"] == 0
    await assert_nothing_open()


async def test_a_client_that_was_never_connected_may_be_forgotten() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connect("unix:///nowhere")
        gc.collect()


async def test_an_opening_that_is_cancelled_hurts_nobody(connect_to: Connect) -> None:
    client = connect_to()
    calls = [asyncio.ensure_future(client.ping()) for _ in range(3)]
    await asyncio.sleep(0)
    calls[0].cancel()
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(ends[0], asyncio.CancelledError)
    assert ends[1] == ends[2]
