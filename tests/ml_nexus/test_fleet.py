"""The environments on a fleet: each script where it has room, with what it needs on that node."""

from __future__ import annotations

import asyncio
import logging
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import InvalidArgument
from ml_nexus_go.environments import CacheMountRequest, DirectMountRequest, _container
from ml_nexus_go.injection import SystemCallStart

from ..support.bed import Engine, Entry
from ..support.fleet import Fleet, together
from ..support.names import Names
from .conftest import Project
from .standins import Builder, Schematic

WORKERS = ["--constraint", "node.role==worker"]
# Scripts need bash, which busybox is not.
BASH = r"""RUN printf '#!/bin/sh\nexec sh "$@"\n' >/bin/bash && chmod +x /bin/bash"""


class OfFleet(Project):
    """A project whose image the fleet's manager builds."""

    fleet: Fleet

    def design(self, **more: Any) -> Any:
        manager = self.fleet.nodes[0]
        options = {"ssh_config": manager["ssh"]["ssh_config"]}
        bound = {
            "ml_nexus_docker_host": f"swarm://{manager['name']}",
            "ml_nexus_docker_connect_options": options,
            "ml_nexus_system_call_event_bus": self.hear,
        }
        return super().design(**{**bound, **more})

    async def hear(self, event: Any) -> None:
        self.events.append(event)

    async def image(self) -> Builder:
        return Builder("mlng-busybox", await self.provide("a_build_docker"), macros=[BASH])

    def seen(self, node: Entry, path: str) -> str | None:
        """The text of a file below the host's folder, on one node."""
        file = Path(node["disk"]) / self.host.relative_to("/srv") / path
        return file.read_text() if file.exists() else None

    def has(self, node: Entry, container: str) -> bool:
        """Whether a node has a container."""
        return bool(self.fleet.docker(node, "ps", "-aq", "--filter", f"name=^/{container}$"))

    def services(self, container: str) -> str:
        """The reservation of a container's name."""
        label = f"label=ml-nexus-go.name={container}"
        return self.fleet.docker(None, "service", "ls", "-q", "--filter", label)


@pytest.fixture
def of_fleet(tmp_path: Path, testbed: None) -> Iterator[OfFleet]:
    with together("fleet-new") as fleet:
        place = Engine("fleet-new", via=fleet.nodes[0]["socket"])
        host = Path("/srv") / f"mlng-{uuid.uuid4().hex[:8]}"
        made = OfFleet(place, Names(place), tmp_path / "local", host)
        made.fleet = fleet
        made.local.mkdir()
        yield made
        for node in fleet.nodes:
            for name in made.names._containers:
                fleet.docker(node, "rm", "-f", name, check=False)
            fleet.docker(node, "rmi", "-f", made.tag, check=False)
            shutil.rmtree(Path(node["disk"]) / host.name, ignore_errors=True)


async def test_a_script_has_its_files_and_gpus_on_its_node(of_fleet: OfFleet) -> None:
    """Of several steps, too, if they have one place. Nothing is done where it would not be clear where."""
    of_fleet.resource("data", file="content")
    upload, name = of_fleet.local / "more", of_fleet.names("env")
    upload.write_text("uploaded ")
    environment = await of_fleet.new(
        "DockerHostEnvironment",
        docker_builder=await of_fleet.image(),
        image_tag=of_fleet.tag,
        gpus=1,
        docker_options=[*WORKERS, "--name", name],
    )
    script = "cd $RUN_RESULT_DIR; cat $UPLOAD_0 /resources/data/file >both; hostname >node; env >environ"
    result = (await environment.run_context().with_upload(upload).run_script(script)).result_path
    assert (result / "both").read_text() == "uploaded content"
    node = of_fleet.fleet.node((result / "node").read_text().strip())
    assert any(f"NVIDIA_VISIBLE_DEVICES={gpu}\n" in (result / "environ").read_text() for gpu in node["gpus"])
    holds = {one["name"]: of_fleet.seen(one, "resources/data/file") for one in of_fleet.fleet.nodes}
    assert holds == {one: "content" if one == node["name"] else None for one in holds}
    assert not of_fleet.services(name)
    told = [event.command for event in of_fleet.events if isinstance(event, SystemCallStart)]
    assert sum(f"--name {name}" in command for command in told) == 1
    with pytest.raises(InvalidArgument, match="reserve"):
        await environment.upload_remote(upload, Path("/resources/kept"))
    async with environment.placed() as here:
        await here.upload_remote(upload, Path("/resources/kept"))
        assert of_fleet.services(name)
        assert "uploaded " in await here.run_script("cat /resources/kept")


async def test_scripts_at_once_are_on_different_nodes(of_fleet: OfFleet) -> None:
    """Each takes all GPUs of a node, and finds its mounts there."""
    source, begun = of_fleet.folder("src", file="content"), asyncio.Event()
    requests = [DirectMountRequest(source, Path("/src")), CacheMountRequest("kept", Path("/kept"))]
    schematic = Schematic(await of_fleet.image(), requests)
    environment = await of_fleet.new("DockerEnvFromSchematics", schematics=schematic, docker_options=WORKERS)
    lines = list[str]()

    def hear(line: str) -> None:
        lines.append(line)
        if line.startswith("on "):
            begun.set()

    script = "echo on `hostname`; cat /src/file; echo; until [ -e /kept/go ]; do sleep 0.1; done"
    first = asyncio.ensure_future(environment.run_script(script, on_line=hear))
    await asyncio.wait([first, asyncio.ensure_future(begun.wait())], return_when=asyncio.FIRST_COMPLETED)
    assert begun.is_set(), await first
    second = await environment.run_script("echo on `hostname`; cat /src/file")
    there, elsewhere = node_in("\n".join(lines)), node_in(second)
    assert there != elsewhere
    (Path(of_fleet.fleet.node(there)["disk"]) / of_fleet.host.name / "cache/kept/go").touch()
    await first
    assert "content" in lines
    assert "content" in second


async def test_a_persistent_container_is_found(of_fleet: OfFleet) -> None:
    """By environments that know only its name: one is started, and what they mount goes to its node."""
    source, name = of_fleet.folder("src", file="first"), of_fleet.names("env")
    schematic = Schematic(await of_fleet.image(), [DirectMountRequest(source, Path("/src"))])
    fields = {"schematics": schematic, "container_name": name, "gpus": None, "docker_options": WORKERS}
    one, two = [await of_fleet.new("PersistentDockerEnvFromSchematics", **fields) for _ in range(2)]
    await asyncio.gather(one.ensure_container(), two.ensure_container())
    assert len([node for node in of_fleet.fleet.nodes if of_fleet.has(node, name)]) == 1
    assert of_fleet.services(name)
    (source / "file").write_text("second")
    outputs = [await env.run_script("echo on `hostname`; cat /src/file; echo kept >/tmp/file") for env in (one, two)]
    assert node_in(outputs[0]) == node_in(outputs[1])
    assert all("second" in output for output in outputs)
    local = of_fleet.local / "back"
    await two.download(Path("/tmp/file"), local)
    assert local.read_text() == "kept\n"
    await one.stop()
    (source / "file").write_text("third")
    assert "third" in await two.run_script("cat /src/file; [ ! -e /tmp/file ]")
    await two.stop()
    await (await of_fleet.client()).reap()
    assert not of_fleet.services(name)


async def test_a_persistent_container_is_waited_for(
    of_fleet: OfFleet, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For as long as the program that starts it waits for its turn; where that gives up, another one starts it."""
    monkeypatch.setattr(_container, "_PATIENCE", 3.0)
    caplog.set_level(logging.INFO, "ml_nexus_go")
    source, name = of_fleet.folder("src", file="content"), of_fleet.names("env")
    schematic = Schematic(await of_fleet.image(), [DirectMountRequest(source, Path("/src"))])
    third = ["--constraint", f"node.hostname=={of_fleet.fleet.nodes[2]['name']}"]
    options = {"gpus": None, "docker_options": [*third, "--generic-resource", "TUNNEL=1"]}
    environments = [
        await of_fleet.new("PersistentDockerEnvFromSchematics", schematics=schematic, container_name=name, **options)
        for _ in range(3)
    ]
    client = await of_fleet.client()
    async with client.reserve(devices={"TUNNEL": 1}, constraints=third[1]):
        first = asyncio.create_task(environments[0].ensure_container())
        await said(caplog, "waiting for a place", 1, first)
        others = [asyncio.create_task(one.ensure_container()) for one in environments[1:]]
        await said(caplog, "that another program starts", 2, *others)
        first.cancel()
        await asyncio.wait([first])
        await said(caplog, "waiting for a place", 2, *others)
    await asyncio.gather(*others)
    assert all(["content" in await one.run_script("cat /src/file") for one in environments])
    assert len([node for node in of_fleet.fleet.nodes if of_fleet.has(node, name)]) == 1
    await environments[0].stop()
    await client.reap()


async def said(caplog: pytest.LogCaptureFixture, words: str, times: int, *going: asyncio.Task[None]) -> None:
    """Wait until it was logged so often, while the tasks go on."""
    while sum(words in message for message in caplog.messages) < times:
        assert not any(task.done() for task in going), [task.result() for task in going if task.done()]
        await asyncio.sleep(0.02)


def node_in(text: str) -> str:
    """The node that a script has printed."""
    return next(line.removeprefix("on ") for line in text.splitlines() if line.startswith("on fleet"))
