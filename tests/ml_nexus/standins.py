"""Small stand-ins for the types of ml_nexus that the environments meet."""

from __future__ import annotations

import abc
import sys
import tempfile
import types
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest


@dataclass
class ProjectDir:
    id: str
    kind: str = "auto"
    dependencies: list[ProjectDir] = field(default_factory=list)
    excludes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ProjectPlacement:
    sources_root: Path = Path("/sources")
    resources_root: Path = Path("/resources")


@dataclass
class ProjectDef:
    dirs: list[ProjectDir]
    placement: ProjectPlacement = ProjectPlacement()

    def yield_project_dirs(self) -> Iterator[ProjectDir]:
        for folder in self.dirs:
            yield from folder.dependencies
            yield folder


@dataclass
class Builder:
    """Builds by a function that gets the tag, the context and the options, as ml_nexus's does."""

    base_image: str
    a_build_docker: Callable[..., Awaitable[str]]
    macros: list[Any] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    platform: str = "linux/amd64"

    def add_macro(self, macro: Any) -> Builder:
        return replace(self, macros=[*self.macros, macro])

    async def _lines(self, macro: Any, folder: Path) -> list[str]:
        if isinstance(macro, list):
            return [line for part in macro for line in await self._lines(part, folder)]
        if isinstance(macro, str):
            return [macro]
        # A folder that is synced into the context, as ml_nexus does it.
        name = f"context-{len(list(folder.iterdir()))}"
        await replace(macro, dst=folder / name, hardlink=True).run()
        return [f"COPY {name} {macro.dst.path}"]

    async def a_build(self, tag: str, use_cache: bool = True) -> str:
        with tempfile.TemporaryDirectory() as folder:
            lines = await self._lines([f"FROM {self.base_image} as base", *self.macros], Path(folder))
            Path(folder, "Dockerfile").write_text("\n".join(lines) + "\n")
            options = f" --platform {self.platform}{'' if use_cache else ' --no-cache'}"
            return await self.a_build_docker(
                tag=tag, context_dir=Path(folder), options=options, push=False, build_id="test"
            )


@dataclass
class Schematic:
    builder: Any
    mount_requests: list[Any] = field(default_factory=list)


class Resolver:
    def __init__(self, **paths: Path) -> None:
        self.paths = paths
        self.asked: list[str] = []

    async def locate(self, resource_id: str) -> Path:
        self.asked.append(resource_id)
        if resource_id not in self.paths:
            raise KeyError(f"no {resource_id}; there are {sorted(self.paths)}")
        return self.paths[resource_id]


def import_ml_nexus(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """Install modules with ml_nexus's names, as in a program that imported it."""

    class DockerClient(abc.ABC):
        @abc.abstractmethod
        async def run_container(self, image: str, command: str, options: list[str] | None = None) -> str: ...

    class IScriptRunner(abc.ABC):
        @abc.abstractmethod
        async def run_script(self, script: str) -> Any: ...

    @dataclass
    class ScriptRunResult:
        run_id: str
        result_path: Path

    @dataclass
    class ScriptRunContext:
        random_remote_path: Callable[[], Path]
        upload_remote: Callable[[Path, Path], Awaitable[Any]]
        delete_remote: Callable[[Path], Awaitable[Any]]
        download_remote: Callable[[Path, Path], Awaitable[Any]]
        local_download_path: Path
        env: Any
        preparation: Callable[[], Awaitable[Any]] | None = None
        _upload_mapping: dict[Path, Path] = field(default_factory=dict)

        async def run_script(self, script: str) -> Any:
            raise NotImplementedError

    class CommandException(Exception):
        def __init__(self, message: str, code: int, stdout: str, stderr: str) -> None:
            super().__init__(message)
            self.message, self.code, self.stdout, self.stderr = message, code, stdout, stderr

        def __reduce__(self) -> Any:
            return type(self), (self.message, self.code, self.stdout, self.stderr)

    @dataclass
    class PsResult:
        stdout: str
        stderr: str
        exit_code: int

    @dataclass
    class SystemCallStart:
        id: str
        command: str

    @dataclass
    class SystemCallEnd:
        id: str
        command: str
        code: int

    @dataclass
    class RsyncLocation:
        path: Path
        host: str = "localhost"
        user: str | None = None

    @dataclass
    class RsyncArgs:
        _a_system: Any
        _rsync_semaphore: Any
        src: Any
        dst: Any
        excludes: list[str] = field(default_factory=list)
        includes: list[str] = field(default_factory=list)
        options: list[str] = field(default_factory=list)
        hardlink: bool = False

        def __post_init__(self) -> None:
            self.src, self.dst = (
                place if isinstance(place, RsyncLocation) else RsyncLocation(Path(place))
                for place in (self.src, self.dst)
            )

        async def run(self) -> None:
            raise AssertionError("ml_nexus would start rsync")

    @dataclass
    class PersistentDockerEnvFromSchematics(IScriptRunner):
        _new_DockerEnvFromSchematics: Any  # noqa: N815
        _a_system: Any

        project: Any
        schematics: Any
        docker_host: str
        container_name: str

        def __post_init__(self) -> None:
            self.container = self._new_DockerEnvFromSchematics(
                project=self.project,
                schematics=self.schematics,
                docker_host=self.docker_host,
                docker_options=["--name", self.container_name],
            )

        async def ensure_container(self) -> None:
            await self._a_system("docker run")

        async def run_script(self, script: str) -> Any:
            return await self._a_system("docker exec")

        async def stop(self) -> None:
            await self._a_system("docker stop")

    @dataclass
    class DockerEnvFromSchematics(IScriptRunner):
        _new_DockerHostEnvironment: Any  # noqa: N815
        project: Any
        schematics: Any

        async def run_script(self, script: str) -> Any:
            environment = self._new_DockerHostEnvironment(project=self.project, docker_builder=self.schematics.builder)
            return await environment.run_script(script)

    parts: dict[str, dict[str, Any]] = {
        "ml_nexus.docker.client": {"DockerClient": DockerClient},
        "ml_nexus.project_structure": {
            "IScriptRunner": IScriptRunner,
            "ScriptRunContext": ScriptRunContext,
            "ScriptRunResult": ScriptRunResult,
        },
        "ml_nexus.docker.builder.docker_env_with_schematics": {"DockerEnvFromSchematics": DockerEnvFromSchematics},
        "ml_nexus.docker.builder.persistent": {"PersistentDockerEnvFromSchematics": PersistentDockerEnvFromSchematics},
        "ml_nexus.rsync_util": {"RsyncArgs": RsyncArgs, "RsyncLocation": RsyncLocation},
        "ml_nexus.util": {
            "CommandException": CommandException,
            "PsResult": PsResult,
            "SystemCallStart": SystemCallStart,
            "SystemCallEnd": SystemCallEnd,
        },
    }
    for name, members in parts.items():
        module = types.ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    return types.SimpleNamespace(**{key: value for members in parts.values() for key, value in members.items()})
