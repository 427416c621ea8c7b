"""The docker command that list rows are compared with."""

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
