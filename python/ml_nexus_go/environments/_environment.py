"""What the three environments have in common."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .._clients.docker_client import DockerClient
from .._results.command import CommandResult
from .._results.ml_nexus import Bound
from ._choice import choose_client, required
from ._context import Transfer, context_class
from ._gpus import Gpus, check


class Environment(Bound):
    """Subclasses are dataclasses with these fields, each at ml_nexus's place among its own."""

    _foreign_base = ("ml_nexus.project_structure", "IScriptRunner")

    project: Any
    docker_host: str | None
    docker_client: DockerClient | None
    gpus: Gpus
    _ml_nexus_default_docker_client: DockerClient | None
    _ml_nexus_docker_connect: Callable[[str], DockerClient] | None

    def _begin(self, **needed: Any) -> None:
        """Check the fields, and choose the client. Raises InvalidArgument."""
        name = type(self).__name__
        required(name, project=self.project, **needed)
        check(self.gpus)
        self.docker_client = choose_client(
            name,
            self.docker_client,
            self.docker_host,
            self._ml_nexus_default_docker_client,
            self._ml_nexus_docker_connect,
        )
        if isinstance(self.docker_host, DockerClient):
            self.docker_host = None

    @property
    def client(self) -> DockerClient:
        """The client in use."""
        assert self.docker_client is not None
        return self.docker_client

    async def run_script(self, script: str, **keywords: Any) -> CommandResult:
        """Run a script."""
        raise NotImplementedError

    async def run(self, command: str) -> CommandResult:
        """Run a script: ml_nexus's IRunner."""
        return await self.run_script(command)

    def random_remote_path(self) -> Path:
        """Return an unused path in the container."""
        return Path(self.project.placement.resources_root) / "tmp" / uuid.uuid4().hex[:8]

    def _context(
        self, upload: Transfer, download: Transfer, delete: Callable[[Path], Any], results: Path | None
    ) -> Any:
        return context_class()(
            random_remote_path=self.random_remote_path,
            upload_remote=upload,
            delete_remote=delete,
            download_remote=download,
            local_download_path=Path(results or "results"),
            env=self,
        )
