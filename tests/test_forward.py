"""Ports that are forwarded to a container, and from it."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import (
    Conflict,
    ContainerNotFound,
    ContainerNotRunning,
    DockerClient,
    ForwardingDockerClient,
    InvalidArgument,
    PortForward,
)

from .conftest import Connect
from .support.bed import Engine
from .support.names import Names
from .support.program import started
from .support.proxy import kept_port, port_of
from .support.wait import DEADLINE, until

PORT = 8888
# Both in the background of a container that sleeps: an echo, and a web server at its own 127.0.0.1.
SERVE = f"""nc -ll -p {PORT} -e cat >/dev/null 2>&1 &
mkdir -p /www && echo 'a notebook' >/www/index.html && httpd -p 127.0.0.1:80 -h /www
until netstat -lnt | grep -q :{PORT}; do usleep 10000; done"""


@pytest.fixture
async def serving(client: DockerClient, container: str) -> str:
    """A container with an echo at PORT and a web server at 80."""
    await client.exec_container(container, SERVE, shell=True)
    return container


async def echoed(local: PortForward, text: bytes = b"hello") -> bytes:
    if local.socket is not None:
        reader, writer = await asyncio.open_unix_connection(local.socket)
    else:
        reader, writer = await asyncio.open_connection(local.host, local.port)
    writer.write(text)
    writer.write_eof()
    try:
        return await reader.read()
    finally:
        writer.close()


def helpers(engine: Engine, session: str | DockerClient) -> list[str]:
    """The helper containers of a client, which all have a label of their image."""
    if isinstance(session, DockerClient):
        session = session._request["session"]  # type: ignore[attr-defined]
    agents = engine.labelled("ml-nexus-go.host-agent=1")
    return [container for container in engine.labelled(f"ml-nexus-go.session={session}") if container in agents]


async def test_a_port_is_there_while_the_block_lasts(client: DockerClient, serving: str) -> None:
    async with client.forward(serving, 80) as local, client.forward(serving, PORT) as other:
        assert (local.host, local.socket) == ("127.0.0.1", None)
        assert local.port > 0
        assert local.port != other.port
        assert local.address == f"127.0.0.1:{local.port}"
        assert local.url("/index.html") == local.url("index.html") == f"http://127.0.0.1:{local.port}/index.html"
        page = await asyncio.to_thread(lambda: urllib.request.urlopen(local.url(), timeout=DEADLINE).read())
        assert page == b"a notebook\n"
        assert await echoed(other) == b"hello"
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(local.host, local.port)


async def test_a_chosen_port_and_a_socket(client: DockerClient, serving: str, tmp_path: Path) -> None:
    with kept_port() as kept:
        chosen = port_of(kept)
        async with client.forward(serving, PORT, local_port=chosen) as local:
            assert local.port == chosen
            assert await echoed(local) == b"hello"
            with pytest.raises(Conflict, match=f"port {chosen} of this machine is in use: choose another"):
                async with client.forward(serving, PORT, local_port=chosen):
                    pass
    path = tmp_path / "s"
    async with client.forward(serving, PORT, local_socket=path) as local:
        assert (local.socket, local.address, local.host, local.port) == (str(path), str(path), "", 0)
        assert path.stat().st_mode & 0o777 == 0o600
        assert await echoed(local) == b"hello"
        with pytest.raises(InvalidArgument, match="no URL"):
            local.url()
    assert not path.exists()


async def test_the_container_reaches_this_machine(client: DockerClient, container: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"a license")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with (
        server,
        client.forward(container, 5000, reverse=True, local_port=server.sockets[0].getsockname()[1]) as inside,
    ):
        assert inside.address == "127.0.0.1:5000"
        got = await client.exec_container(container, "nc 127.0.0.1 5000 </dev/null", shell=True)
        assert got == "a license"


async def test_what_cannot_be_forwarded(
    client: DockerClient, serving: str, caplog: pytest.LogCaptureFixture, name: Names, image: str
) -> None:
    bad: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        (("", PORT), {}),
        ((serving, 0), {}),
        ((serving, 70000), {}),
        ((serving, "/run/socket"), {}),
        ((serving, ""), {}),
        ((serving, PORT), {"local_port": -1}),
        ((serving, PORT), {"local_port": 1, "local_socket": "s"}),
        ((serving, 0), {"reverse": True}),
    ]
    for arguments, keywords in bad:
        with pytest.raises(InvalidArgument):
            async with client.forward(*arguments, **keywords):
                pass
    for wrong in ({"port": True}, {"port": 1.5}, {"local_port": "1"}, {"reverse": "no"}, {"host_network": 1}):
        with pytest.raises(InvalidArgument):
            client.forward(serving, **{"port": PORT, **wrong})  # type: ignore[arg-type]
    with pytest.raises(ContainerNotFound):
        async with client.forward(name(), PORT):
            pass
    with caplog.at_level(logging.DEBUG, "ml_nexus_go"):
        async with client.forward(serving, 9) as local:
            with pytest.raises(ConnectionResetError):
                await echoed(local)
            why = f"nobody listens at 127.0.0.1:9 in container {serving}"
            await until(lambda: why in caplog.text, "the reason is logged")
    await client.stop_container(serving, timeout=0)
    with pytest.raises(ContainerNotRunning, match="start it first"):
        async with client.forward(serving, PORT):
            pass
    on_host = name()
    await client.run_container(image, ["sleep", "600"], ["-d", "--network=host", "--name", on_host])
    with pytest.raises(InvalidArgument, match="host_network"):
        async with client.forward(on_host, PORT):
            pass
    async with client.forward(on_host, PORT, host_network=True) as local:
        assert local.port


async def test_a_forward_is_used_once(client: DockerClient, serving: str) -> None:
    forward = client.forward(serving, PORT)
    async with forward as local:
        assert await echoed(local) == b"hello"
    with pytest.raises(RuntimeError, match="call forward again"):
        async with forward:
            pass


@pytest.mark.connections("local")
async def test_a_container_that_is_started_again(client: DockerClient, serving: str, engine: Engine) -> None:
    async with client.forward(serving, PORT) as local:
        assert await echoed(local) == b"hello"
        await client.restart_container(serving, timeout=0)
        await client.exec_container(serving, SERVE, shell=True)
        assert await echoed(local) == b"hello"
        assert len(helpers(engine, client)) == 1


@pytest.mark.connections("local")
async def test_cancelling_removes_everything(client: DockerClient, serving: str, engine: Engine) -> None:
    async def hold(ready: asyncio.Event) -> None:
        async with client.forward(serving, PORT):
            ready.set()
            await asyncio.Event().wait()

    ready = asyncio.Event()
    task = asyncio.create_task(hold(ready))
    await ready.wait()
    assert len(helpers(engine, client)) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert helpers(engine, client) == []


@pytest.mark.connections("local")
async def test_an_error_of_the_block_is_raised(client: DockerClient, serving: str, engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        async with client.forward(serving, PORT):
            raise ZeroDivisionError
    assert helpers(engine, client) == []


@pytest.mark.connections("local")
async def test_a_client_that_is_closed_meanwhile(connect_to: Connect, serving: str, engine: Engine) -> None:
    other = connect_to()
    async with other.forward(serving, PORT) as local:
        await other.aclose()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(local.host, local.port)
    assert helpers(engine, other) == []


KILLED = """
import asyncio, sys
from ml_nexus_go import connect

async def main():
    client = connect(sys.argv[1])
    async with client.forward(sys.argv[2], 8888):
        print(client._request["session"], flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.connections("local")
async def test_a_killed_program_leaves_nothing(serving: str, engine: Engine) -> None:
    with started(KILLED, engine.target, serving) as program:
        assert program.stdout is not None
        session = (await asyncio.to_thread(program.stdout.readline)).strip()
        assert len(helpers(engine, session)) == 1
        program.kill()
        await until(lambda: helpers(engine, session) == [], "the helper has gone")


@pytest.mark.connections("local")
async def test_200_connections_at_once(client: DockerClient, container: str) -> None:
    # The servers are this machine's: busybox has none for so many.
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=500)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        client.forward(container, 0, reverse=True, local_port=port) as inside,
        client.forward(container, inside.port) as local,
    ):
        words = [f"connection {number}".encode() for number in range(200)]
        assert await asyncio.gather(*(echoed(local, word) for word in words)) == words


class Noting(ForwardingDockerClient):
    """Notes the names of coroutines."""

    def __init__(self, inner: DockerClient) -> None:
        super().__init__(inner)
        self.names: list[str] = []

    async def forward(self, method: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        self.names.append(method)
        return await super().forward(method, *args, **kwargs)


@pytest.mark.connections("local")
@pytest.mark.parametrize("wrap", [ForwardingDockerClient, Noting])
async def test_a_wrapped_client_forwards_ports_and_methods(
    client: DockerClient, serving: str, wrap: Callable[[DockerClient], Any]
) -> None:
    wrapped = wrap(client)
    async with wrapped.forward(serving, PORT) as local:
        assert isinstance(local, PortForward)
        assert await echoed(local) == b"hello"
    called: list[Callable[[Any], Awaitable[Any]]] = [lambda call: call, asyncio.create_task, asyncio.ensure_future]
    for how in called:
        assert (await how(wrapped.forward("container_state", serving))).running
    assert (await wrapped.container_state(serving)).running
    if isinstance(wrapped, Noting):
        assert wrapped.names == ["container_state"] * 4


@pytest.mark.connections("local")
async def test_the_helper_has_no_rights(client: DockerClient, serving: str, engine: Engine) -> None:
    async with client.forward(serving, PORT):
        (helper,) = helpers(engine, client)
        info = json.loads(engine.docker("inspect", helper).stdout)[0]
        assert info["Config"]["User"] == "65534:65534"
        assert (info["HostConfig"]["CapDrop"], info["HostConfig"]["CapAdd"]) == (["ALL"], None)
        assert info["HostConfig"]["SecurityOpt"] == ["no-new-privileges"]
        assert (info["HostConfig"]["ReadonlyRootfs"], info["Mounts"]) == (True, [])
        assert info["HostConfig"]["LogConfig"]["Type"] == "none"
