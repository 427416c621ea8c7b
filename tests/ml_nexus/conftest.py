"""A small project on an engine of the testbed, over its socket and over SSH."""

from __future__ import annotations

import logging
import shutil
import uuid
import warnings
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pinjected import AsyncResolver, Design, design

from ml_nexus_go import DockerClient
from ml_nexus_go.environments import DockerHostMounter, DockerHostPlacement
from ml_nexus_go.injection import go_docker_design

from ..support.bed import Engine, part
from ..support.names import Names
from .standins import Builder, ProjectDef, ProjectDir, Resolver, Schematic

IMAGE = "mlng-debian"


def pytest_unconfigure() -> None:
    """Say nothing at the end of the coroutine that pinjected makes when it is imported, and never awaits."""
    warnings.filterwarnings("ignore", "coroutine 'async_identity' was never awaited", RuntimeWarning)


@dataclass
class Project:
    """What a user of ml_nexus has: a project, a resolver, places, a design."""

    place: Engine
    names: Names
    local: Path  # sources and resources on this machine
    host: Path  # the engine's host is this machine too: tests can look into its folder
    resolver: Resolver = field(default_factory=Resolver)
    scripts: list[str] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    ssh_config: str | Path = ""  # instead of the testbed's
    more_options: dict[str, Any] = field(default_factory=dict)  # of connect()

    def __post_init__(self) -> None:
        self.tag = self.names.image()
        self.project = ProjectDef([ProjectDir("Main-Project", "source")])
        self.placement = DockerHostPlacement(
            *(self.host / kind for kind in ("cache", "resources", "sources", "direct"))
        )

    @property
    def connect_options(self) -> dict[str, Any]:
        if self.place.connection != "ssh":
            return self.more_options
        return {"ssh_config": self.ssh_config or part("sshd")["ssh_config"], **self.more_options}

    def builder(self, base: str = IMAGE, **fields: Any) -> Builder:
        """Return a builder that tags the base image: builds have tests of their own."""
        return Builder(base, self._tag_only(base), scripts=self.scripts, **fields)

    def _tag_only(self, base: str) -> Callable[..., Awaitable[str]]:
        async def tag_only(tag: str, **_: Any) -> str:
            async with self.place.connect() as client:
                await client.tag_image(base, tag)
            return tag

        return tag_only

    def schematic(self, *requests: Any, **fields: Any) -> Schematic:
        return Schematic(self.builder(**fields), list(requests))

    def folder(self, name: str, **files: str) -> Path:
        """Make a local folder with files, which the resolver knows by its name."""
        made = self.local / name
        made.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (made / file).write_text(text)
        self.resolver.paths[name] = made
        return made

    def resource(self, name: str, **files: str) -> Path:
        """Make a folder that is a resource of the project."""
        self.project.dirs.append(ProjectDir(name, "resource"))
        return self.folder(name, **files)

    def design(self, **more: Any) -> Design:
        bound = {
            "logger": logging.getLogger("tests"),
            "storage_resolver": self.resolver,
            "ml_nexus_default_docker_image_repo": self.tag.partition(":")[0],
            "ml_nexus_default_docker_host_mounter": DockerHostMounter(host_resource_root=self.host / "resources"),
            "ml_nexus_default_docker_host_placement": self.placement,
            "env_result_download_path": self.local / "results",
            "ml_nexus_docker_host": self.place.target,
            "ml_nexus_docker_connect_options": self.connect_options,
        }
        return design(**{**bound, **more}) + go_docker_design

    async def provide(self, name: str, **more: Any) -> Any:
        return await AsyncResolver(self.design(**more), callbacks=[]).provide(name)

    async def client(self) -> DockerClient:
        made: DockerClient = await self.provide("ml_nexus_default_docker_client")
        return made

    async def new(self, kind: str, **fields: Any) -> Any:
        """Make an environment: kind is HostEnvironment, EnvFromSchematics, PersistentDockerEnv..."""
        make = await self.provide(f"new_{kind}")
        return make(project=self.project, **fields)

    async def host_environment(self, **fields: Any) -> Any:
        fields.setdefault("docker_builder", self.builder())
        return await self.new("DockerHostEnvironment", image_tag=self.tag, **fields)

    async def from_schematics(self, *requests: Any, **fields: Any) -> Any:
        return await self.new("DockerEnvFromSchematics", schematics=self.schematic(*requests), **fields)

    async def persistent(self, *requests: Any, **fields: Any) -> Any:
        fields.setdefault("container_name", self.names("env"))
        fields.setdefault("schematics", self.schematic(*requests))
        return await self.new("PersistentDockerEnvFromSchematics", **fields)

    def containers(self, name: str = "") -> list[dict[str, Any]]:
        """Return the containers of this test's image, or of a name, as the engine reports them."""
        rows = self.place.api_get("/containers/json", all="1")
        image = self.tag.partition(":")[0]
        return [row for row in rows if (f"/{name}" in row["Names"] if name else row["Image"].startswith(image))]


def _project(place: Engine, tmp_path: Path) -> Iterator[Project]:
    names = Names(place)
    host = Path("/tmp") / f"mlng-host {uuid.uuid4().hex[:8]}"  # with a space, which must not matter
    made = Project(place, names, tmp_path / "local files", host)
    names._images.append(f"{made.tag.partition(':')[0]}/main-project")
    made.local.mkdir()
    yield made
    names.clean()
    shutil.rmtree(host, ignore_errors=True)


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path, testbed: None) -> Iterator[Project]:
    """On the current engine, over each connection of --connections."""
    yield from _project(Engine("engine-new", request.param), tmp_path)


@pytest.fixture
def local_project(tmp_path: Path, testbed: None) -> Iterator[Project]:
    """On the current engine, by its socket."""
    yield from _project(Engine("engine-new"), tmp_path)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "project" in metafunc.fixturenames:
        metafunc.parametrize("project", str(metafunc.config.getoption("--connections")).split(","), indirect=True)
