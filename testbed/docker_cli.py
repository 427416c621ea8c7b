"""The docker command that list rows are compared with, and its plugin that builds."""

from __future__ import annotations

from pathlib import Path

from . import binaries
from .part import Part
from .state import Entry


class DockerCli(Part):
    def up(self, parts: dict[str, Entry]) -> Entry:
        return {"kind": "binary", "path": str(binaries.docker_cli())}

    def healthy(self, entry: Entry) -> bool:
        return Path(entry["path"]).exists()


class DockerBuildx(Part):
    """Use ``path`` as DOCKER_CONFIG; ``program`` is the plugin, which also runs by itself."""

    def up(self, parts: dict[str, Entry]) -> Entry:
        folder = binaries.docker_buildx()
        return {"kind": "binary", "path": str(folder), "program": str(folder / "cli-plugins" / "docker-buildx")}

    def healthy(self, entry: Entry) -> bool:
        return Path(entry["program"]).exists()
