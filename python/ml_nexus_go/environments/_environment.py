"""What the three environments have in common."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import copy
from pathlib import Path
from typing import Any, TypeVar

from .._clients.docker_client import DockerClient
from .._results.command import CommandResult
from .._results.ml_nexus import Bound
from ._choice import choose_client, required
from ._context import Transfer, context_class
from ._gpus import Gpus, check
from ._places import placed

E = TypeVar("E", bound="Environment")


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

    def _renew(self) -> None:
        """Make what belongs to one client: of a new environment, and of a copy with another client."""

    async def _run_words(self) -> list[str]:
        """The options of ``docker run`` that a script's container gets."""
        raise NotImplementedError

    @asynccontextmanager
    async def placed(
        self: E, *, queue_timeout: float | None = None, on_progress: Callable[[Any], object] | None = None
    ) -> AsyncIterator[E]:
        """Yield this environment at one place of its fleet, for work of several steps.

            async with environment.placed() as here:
                await here.upload_remote(local, remote)
                await here.run_script(script)

        What ``docker_options`` and ``gpus`` ask for is held until the end of the block. With one
        engine it is the environment itself. A script that runs outside such a block has a place
        of its own. Raises what ``client.reserve`` raises.
        """
        if not self.client._is_fleet:
            yield self
            return
        async with placed(self.client, await self._run_words(), queue_timeout, on_progress) as place:
            yield self._with(place)

    def _with(self: E, client: DockerClient) -> E:
        """This environment with another client."""
        other = copy(self)
        other.docker_client = client
        other._renew()
        return other

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
