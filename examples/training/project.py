"""What ml_nexus gives its users: a project, a resolver, a builder, a schematic.

With ml_nexus installed these come from there, and this file is not needed.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass
class ProjectDir:
    id: str
    kind: str = "source"
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
        yield from self.dirs


class StaticResolver:
    """Knows where sources and resources are on this machine."""

    def __init__(self, paths: dict[str, Path]) -> None:
        self.paths = paths

    async def locate(self, resource_id: str) -> Path:
        return self.paths[resource_id]


@dataclass
class DockerBuilder:
    """Describes an image: lines of a Dockerfile, and scripts that run before each script."""

    a_build_docker: Callable[..., Awaitable[str]]
    base_image: str
    macros: list[Any] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)

    def add_macro(self, macro: Any) -> DockerBuilder:
        return replace(self, macros=[*self.macros, macro])

    async def a_build(self, tag: str, use_cache: bool = True) -> str:
        lines = [f"FROM {self.base_image}"]
        for macro in self.macros:
            lines += macro if isinstance(macro, list) else [macro]
        with tempfile.TemporaryDirectory() as folder:
            await asyncio.to_thread(Path(folder, "Dockerfile").write_text, "\n".join([*lines, ""]))
            return await self.a_build_docker(
                tag=tag, context_dir=Path(folder), options="" if use_cache else " --no-cache"
            )


@dataclass
class ContainerSchematic:
    builder: DockerBuilder
    mount_requests: list[Any]
