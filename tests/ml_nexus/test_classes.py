"""ml_nexus's own classes, named in a program as ``injected(TheClass)(...)``, on the design."""

from __future__ import annotations

import asyncio
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pinjected import AsyncResolver, injected

from ml_nexus_go.environments import DockerHostMounter, _choice

from ..support import program
from .conftest import Project
from .standins import import_ml_nexus


async def a_system(command: str) -> str:
    raise AssertionError(f"a shell would run: {command}")


async def made_by_class(project: Project, cls: type, **fields: Any) -> Any:
    """Do what ``injected(cls)(...)`` does in a program."""
    fields = {
        "project": project.project,
        "schematics": project.schematic(),
        "docker_host": project.place.target,
        "container_name": project.names("env"),
        **fields,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # docker_host=, and what pinjected says of injected()
        return await AsyncResolver(project.design(a_system=a_system), callbacks=[]).provide(injected(cls)(**fields))


async def test_the_persistent_environment_does_what_ours_does(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    theirs = import_ml_nexus(monkeypatch)
    environment = await made_by_class(project, theirs.PersistentDockerEnvFromSchematics)
    assert type(environment) is theirs.PersistentDockerEnvFromSchematics
    assert "here\n" in await environment.run_script("echo here >/tmp/f; cat /tmp/f")
    await environment.download(Path("/tmp/f"), tmp_path / "f")
    assert (tmp_path / "f").read_text() == "here\n"
    assert await environment.a_is_container_ready()
    context = environment.run_context()
    assert (await context.run_script("mkdir -p $RUN_RESULT_DIR && echo 7 >$RUN_RESULT_DIR/n")).result_path.is_dir()
    await environment.stop()
    assert project.containers() == []


async def test_a_subclass_keeps_what_it_overrides(local_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = import_ml_nexus(monkeypatch)

    @dataclass
    class Own(theirs.PersistentDockerEnvFromSchematics):  # type: ignore[misc, name-defined]
        async def run_script(self, script: str) -> str:
            await self.ensure_container()
            return f"own {script}"

    environment = await made_by_class(local_project, Own)
    assert await environment.run_script("way") == "own way"
    assert await environment.a_is_container_ready()


async def test_our_mounter_serves_their_host_environment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """ml_nexus's own DockerHostEnvironment asks its mounter, which the design makes, for the resources."""
    project.resource("data", x="1")
    new = await project.provide("new_DockerHostMounter")
    mounter = new(host_resource_root=project.host / "resources")
    assert isinstance(mounter, DockerHostMounter)
    monkeypatch.setattr(_choice, "_told", set())
    with pytest.warns(UserWarning, match=r"write new_DockerHostEnvironment, .* instead of injected"):
        await mounter.prepare_resource(project.place.target, project.project)
    await mounter.prepare_resource(project.place.target, project.project)  # said once
    assert (project.host / "resources/data/x").read_text() == "1"


async def test_their_environment_of_a_schematic_is_told(
    local_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = import_ml_nexus(monkeypatch)
    monkeypatch.setattr(_choice, "_told", set())
    new = await local_project.provide("new_DockerHostEnvironment")
    environment = theirs.DockerEnvFromSchematics(new, local_project.project, local_project.schematic())
    with pytest.warns(UserWarning, match=r"write new_DockerEnvFromSchematics, .* instead of injected"):
        assert "hello\n" in await environment.run_script("echo hello")


PROGRAM = """
import asyncio, sys, warnings
from pathlib import Path
from types import SimpleNamespace
from tests.ml_nexus.conftest import Project
from tests.ml_nexus.standins import import_ml_nexus
from tests.ml_nexus.test_classes import a_system
from tests.support.bed import Engine
from pinjected import AsyncResolver, injected

connection, folder, name, tag, way = sys.argv[1:]
warnings.simplefilter("ignore", DeprecationWarning)

class Names:
    def image(self): return tag
    def __call__(self, prefix): return name

async def main():
    project = Project(Engine("engine-new", connection), Names(), Path(folder), Path(folder) / "host")
    if way == "ours":
        environment = await project.persistent(container_name=name)
    else:
        theirs = import_ml_nexus(SimpleNamespace(setitem=dict.__setitem__)).PersistentDockerEnvFromSchematics
        fields = {"schematics": project.schematic(), "docker_host": project.place.target, "container_name": name}
        made = injected(theirs)(project=project.project, **fields)
        environment = await AsyncResolver(project.design(a_system=a_system), callbacks=[]).provide(made)
    result = await environment.run_script("echo once more >>/tmp/kept; wc -l </tmp/kept")
    print(result.stdout.splitlines()[-2])

asyncio.run(main())
"""


@pytest.mark.parametrize("way", ["ours", "their class"])
async def test_the_container_outlives_the_program(project: Project, tmp_path: Path, way: str) -> None:
    """As in ml_nexus: that is its purpose. Nobody reaps it either."""
    arguments = (project.place.connection, str(tmp_path), project.names("env"), project.tag, way)
    programs = [await asyncio.to_thread(program.python, PROGRAM, *arguments) for _ in range(2)]
    assert [done.stdout for done in programs] == ["1\n", "2\n"], "".join(done.stderr for done in programs)
    async with project.place.connect() as client:
        with project.place.only_reaper():
            await client.reap()
    (container,) = project.containers()
    assert container["State"] == "running"
