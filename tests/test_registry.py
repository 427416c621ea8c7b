"""Pull and push with a real registry."""

from __future__ import annotations

import asyncio
import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ml_nexus_go import (
    DockerClient,
    ImageNotFound,
    InvalidArgument,
    LayerProgress,
    OperationTimeout,
    PullResult,
    PushResult,
    RegistryError,
    TransferStatus,
)

from .support.bed import Engine
from .support.images import has_image, import_image
from .support.names import Names
from .support.proxy import kept_port, port_of
from .support.registries import Request, ThrowAway, registry_host, stand_in
from .support.relay import Relay
from .support.wait import DEADLINE, until

pytestmark = pytest.mark.by_turns


@pytest.fixture
def registry(bed: Callable[[str], dict[str, Any]]) -> str:
    return str(bed("registry")["address"])


async def test_push_then_pull(client: DockerClient, engine: Engine, name: Names, registry: str) -> None:
    mine = name.image("v1", registry)
    import_image(engine, mine)
    seen: list[object] = []
    pushed = await client.push_image(mine, on_progress=seen.append)
    assert isinstance(pushed, PushResult)
    assert pushed == mine
    assert pushed.digests == {"v1": pushed.digest}
    assert any(isinstance(event, LayerProgress) and event.status for event in seen)
    assert any(isinstance(event, TransferStatus) for event in seen)

    engine.docker("rmi", mine)
    seen.clear()
    pulled = await client.pull_image(mine, on_progress=seen.append)
    assert isinstance(pulled, PullResult)
    assert (str(pulled), pulled.digest, pulled.up_to_date) == (mine, pushed.digest, False)
    assert pulled.image_id == engine.docker("image", "inspect", "-f", "{{.Id}}", mine).stdout.strip()
    layers = {event.id for event in seen if isinstance(event, LayerProgress)}
    assert layers
    assert (await client.pull_image(mine)).up_to_date
    for result in (pushed, pulled):
        again = pickle.loads(pickle.dumps(result))
        assert (again, again.digest) == (str(result), result.digest)


async def test_bars(
    client: DockerClient, engine: Engine, name: Names, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = io.StringIO()
    console = Console(file=drawn, force_terminal=True, width=100, _environ={"TERM": "xterm"})
    monkeypatch.setattr("rich.progress.Console", lambda **keywords: console)
    mine = name.image("v1", registry)
    import_image(engine, mine)
    await client.push_image(mine, progress=True)
    assert "The push refers to repository" in drawn.getvalue()
    drawn.truncate(0)
    await client.pull_image(mine, progress=True)
    assert "Image is up to date" in drawn.getvalue()


async def test_the_digest_is_the_one_that_docker_tells(
    client: DockerClient, engine: Engine, name: Names, registry: str
) -> None:
    mine = name.image("v1", registry)
    import_image(engine, mine)
    pushed = await client.push_image(mine)
    assert f"digest: {pushed.digest} " in engine.docker("push", mine).stdout


async def test_a_run_pulls_a_missing_image(
    client: DockerClient, engine: Engine, name: Names, image: str, registry: str
) -> None:
    mine = name.image("v1", registry)
    engine.docker("tag", image, mine)
    await client.push_image(mine)
    engine.docker("rmi", mine)
    with pytest.raises(ImageNotFound):
        await client.run_container(mine, ["true"], ["--rm", "--pull=never"])
    seen: list[object] = []
    result = await client.run_container(mine, ["echo", "here"], ["--rm"], on_progress=seen.append)
    assert (result, result.stderr) == ("here\n", "")
    assert any(isinstance(event, TransferStatus) and mine in event.message for event in seen)
    seen.clear()
    await client.run_container(mine, ["true"], ["--rm"], on_progress=seen.append)
    assert not seen
    engine.docker("rmi", mine)
    process = await client.start_run(mine, ["echo", "here"], ["--rm"], on_progress=seen.append)
    assert any(isinstance(event, TransferStatus) and mine in event.message for event in seen)
    assert await process.communicate() == (b"here\n", b"")


@pytest.mark.connections("local")
async def test_the_bars_of_a_run_end_when_its_process_begins(
    client: DockerClient, engine: Engine, name: Names, image: str, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = io.StringIO()
    console = Console(file=drawn, force_terminal=True, width=100, _environ={"TERM": "xterm"})
    monkeypatch.setattr("rich.progress.Console", lambda **keywords: console)
    mine = name.image("v1", registry)
    engine.docker("tag", image, mine)
    await client.push_image(mine)
    engine.docker("rmi", mine)
    at_output: list[str] = []

    def on_stdout(_: bytes) -> None:
        at_output.append(drawn.getvalue())

    await client.run_container(mine, ["echo", "here"], ["--rm"], on_stdout=on_stdout, progress=True)
    assert "Pulling from" in at_output[0]
    assert at_output == [drawn.getvalue()]
    assert drawn.getvalue().endswith("\x1b[?25h")  # the cursor is back
    engine.docker("rmi", mine)
    drawn.truncate(0)
    await client.create_container(mine, ["true"], ["--name", name()], progress=True)
    assert "Pulling from" in drawn.getvalue()


async def test_what_a_listener_raises_ends_the_pull(
    client: DockerClient, engine: Engine, name: Names, registry: str
) -> None:
    mine = name.image("v1", registry)
    import_image(engine, mine)
    await client.push_image(mine)
    engine.docker("rmi", mine)

    def refuse(event: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await client.pull_image(mine, on_progress=refuse)
    with pytest.raises(ZeroDivisionError):
        await client.run_container(mine, ["true"], ["--rm"], on_progress=refuse)
    with pytest.raises(ZeroDivisionError):
        await client.start_run(mine, ["true"], ["--rm"], on_progress=refuse)


async def test_many_pulls_at_once(client: DockerClient, engine: Engine, name: Names, registry: str) -> None:
    mine = [name.image("v1", registry) for _ in range(4)]
    for reference in mine:
        import_image(engine, reference)
    pushed = await asyncio.gather(*(client.push_image(reference) for reference in mine))
    engine.docker("rmi", *mine)
    pulled = await asyncio.gather(*(client.pull_image(reference) for reference in mine * 3))
    assert [result.digest for result in pulled] == [result.digest for result in pushed] * 3
    assert all(has_image(engine, reference) for reference in mine)


async def test_nothing_of_that_name(client: DockerClient, registry: str) -> None:
    for action in (client.pull_image, client.push_image):
        with pytest.raises(ImageNotFound) as failure:
            await action(f"{registry}/mlng-none:v1")
        assert failure.value.details["reason"] == "not_found"


@pytest.mark.parametrize("bad", ["", "UPPER", "a b", "..", "x@sha256:12"])
async def test_names_that_are_none(client: DockerClient, bad: str) -> None:
    with pytest.raises(InvalidArgument):
        await client.pull_image(bad)
    with pytest.raises(InvalidArgument):
        await client.push_image(bad)


async def test_platforms(client: DockerClient, engine: Engine, name: Names, registry: str) -> None:
    mine = name.image("v1", registry)
    import_image(engine, mine)
    await client.push_image(mine)
    assert await client.pull_image(mine, platform="linux/amd64") == mine
    with pytest.raises(InvalidArgument, match="platform"):
        await client.pull_image(mine, platform="linux/amd64/v1/what")
    if engine.api < (1, 46):
        with pytest.raises(InvalidArgument, match=r"1\.46"):
            await client.push_image(mine, platform="linux/amd64")


async def test_a_slow_registry(client: DockerClient, name: Names) -> None:
    asked: list[str] = []

    def never(request: Request) -> tuple[int, dict[str, str], bytes] | None:
        asked.append(request.path)
        return None

    async with stand_in(never) as address:
        with pytest.raises(OperationTimeout):
            await client.pull_image(f"{address}/x:v1", timeout=1)
        pulling = asyncio.create_task(client.pull_image(f"{address}/y:v1"))
        count = len(asked)
        await until(lambda: len(asked) > count, "the engine's request")
        pulling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pulling


async def test_the_registry_dies_in_a_push(client: DockerClient, engine: Engine, name: Names, tmp_path: Path) -> None:
    host = registry_host()
    kept = kept_port(host)
    own = ThrowAway(tmp_path, port_of(kept))

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection(host, port_of(kept))
        except OSError:
            return False
        writer.close()
        return True

    class TriesAgain(Exception):
        """Old engines retry for a minute; it is enough that they began to."""

    def note(event: object) -> None:
        if isinstance(event, LayerProgress) and event.status.startswith("Retrying"):
            raise TriesAgain

    try:
        await until(listens, "the registry")
        async with Relay(port_of(kept), host, stop_after=5_000_000) as relay:  # the push does not end before
            mine = name.image("v1", f"{host}:{relay.port}")
            import_image(engine, mine, 30_000_000)
            pushing = asyncio.create_task(client.push_image(mine, on_progress=note))
            await asyncio.wait_for(relay.stopped.wait(), DEADLINE)
            own.kill()
            relay.end()
            with pytest.raises((RegistryError, TriesAgain)) as failure:
                await pushing
        if isinstance(failure.value, RegistryError):
            assert failure.value.details["reason"] in ("unreachable", "interrupted"), str(failure.value)
    finally:
        own.kill()
        kept.close()
