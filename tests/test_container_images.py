"""Containers changed by options, committed as images and exported as archives."""

from __future__ import annotations

import asyncio
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import (
    ContainerNotFound,
    DockerClient,
    InvalidArgument,
    PathNotFound,
    Progress,
    RunOptions,
    UpdateOptions,
)

from .support.bed import Engine
from .support.names import Names

pytestmark = pytest.mark.by_turns


@pytest.mark.parametrize("options", [UpdateOptions(cpus=0.5, pids_limit=50), ["--cpus", "0.5", "--pids-limit=50"]])
async def test_update(client: DockerClient, engine: Engine, container: str, options: object) -> None:
    warnings = await client.update_container(container, options)  # type: ignore[arg-type]
    assert all(isinstance(warning, str) for warning in warnings)
    host = engine.api_get(f"/containers/{container}/json")["HostConfig"]
    assert (host["NanoCpus"], host["PidsLimit"]) == (500_000_000, 50)
    await client.update_container(container, "--restart always")
    host = engine.api_get(f"/containers/{container}/json")["HostConfig"]
    assert (host["RestartPolicy"]["Name"], host["PidsLimit"]) == ("always", 50)


async def test_update_needs_options_of_docker_update(client: DockerClient, box: str, name: Names) -> None:
    for options, says in (
        (None, "no option says what to change"),
        (UpdateOptions(), "no option says what to change"),
        (UpdateOptions(memory="much"), "invalid size: 'much'"),
        (RunOptions(init=True), "unknown flag: --init"),
    ):
        with pytest.raises(InvalidArgument, match=says) as failure:
            await client.update_container(box, options)
        assert failure.value.op == "update_container"
    with pytest.raises(ContainerNotFound):
        await client.update_container(name(), UpdateOptions(cpus=1))


async def test_commit(client: DockerClient, engine: Engine, container: str, name: Names) -> None:
    image = name.image("v1")
    await client.exec_container(container, "echo kept > /kept", shell=True)
    changes = ['CMD ["cat", "/kept"]', "ENV WHO=you"]
    made = await client.commit_container(container, image, author="me", message="why", changes=changes)
    about = engine.api_get(f"/images/{image}/json")
    assert made == about["Id"]
    assert (about["Author"], about["Comment"]) == ("me", "why")
    assert "WHO=you" in about["Config"]["Env"]
    assert await client.run_container(image, options=["--rm"]) == "kept\n"
    assert (await client.container_state(container)).status == "running"
    # The name goes to the new image, and the old one stays without it.
    again = await client.commit_container(container, image, pause=False)
    assert engine.api_get(f"/images/{image}/json")["Id"] == again != made
    await client.remove_image(made, force=True)


async def test_a_commit_that_is_refused(client: DockerClient, engine: Engine, image: str, name: Names) -> None:
    label = f"mlng-test={name()}"  # which an image of it would have, too
    mine = await client.create_container(image, options=["--name", name(), "--label", label])
    digested = f"a@sha256:{64 * '0'}"
    wrong: list[dict[str, Any]] = [{"changes": "RUN true"}, {"image": "No Name"}, {"image": digested}, {"pause": "no"}]
    for keywords in wrong:
        with pytest.raises(InvalidArgument):
            await client.commit_container(mine, **keywords)
    with pytest.raises(ContainerNotFound):
        await client.commit_container(name())
    assert engine.docker("images", "-aq", "--filter", f"label={label}").stdout == ""


async def test_a_cancelled_commit_leaves_no_image(
    client: DockerClient, engine: Engine, image: str, name: Names
) -> None:
    mine, reference = name(), name.image()
    label = f"mlng-test={mine}"
    await client.run_container(image, ["sleep", "3600"], ["-d", "--name", mine, "--label", label])
    await client.exec_container(mine, "head -c 200000000 /dev/urandom > /big", shell=True)
    events: asyncio.Task[str] = asyncio.ensure_future(client.commit_container(mine, reference))
    while (await client.container_state(mine)).status != "paused":
        assert not events.done()
    events.cancel()
    with pytest.raises(asyncio.CancelledError):
        await events
    assert not await client.image_exists(reference)
    left = engine.docker("images", "-aq", "--filter", f"label={label}").stdout
    assert left == ""
    assert (await client.container_state(mine)).status == "running"


def names_in(archive: bytes) -> set[str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return set(tar.getnames())


async def test_export(client: DockerClient, container: str, tmp_path: Path) -> None:
    await client.exec_container(container, "echo kept > /kept", shell=True)
    path = tmp_path / "box.tar"
    seen: list[object] = []
    count = await client.export_container(container, path, on_progress=seen.append)
    assert path.stat().st_size == count
    assert path.stat().st_mode & 0o777 == 0o600
    last = seen[-1]
    assert isinstance(last, Progress)
    assert last.done == count
    assert {"kept", "bin/busybox"} <= names_in(path.read_bytes())
    streamed = b"".join([part async for part in client.stream_container(container)])
    assert names_in(streamed) == names_in(path.read_bytes())


async def test_an_export_that_fails_leaves_no_file(client: DockerClient, box: str, name: Names, tmp_path: Path) -> None:
    path = tmp_path / "box.tar"
    with pytest.raises(ContainerNotFound):
        await client.export_container(name(), path)
    with pytest.raises(ContainerNotFound):
        async for _ in client.stream_container(name()):
            pass
    with pytest.raises(PathNotFound):
        await client.export_container(box, tmp_path / "no" / "box.tar")
    assert list(tmp_path.iterdir()) == []
