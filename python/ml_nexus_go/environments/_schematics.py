"""DockerEnvFromSchematics: scripts in containers with a schematic's mounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from .._clients.docker_client import DockerClient
from .._results.command import CommandResult
from ._environment import Environment
from ._gpus import Gpus
from ._host import DockerHostEnvironment
from ._mounts import MAX_TRANSFERS, DockerHostPlacement, DockerMount, Mounter
from ._places import waiting
from ._resources import DockerHostMounter
from ._runner import encoded
from ._tasks import Joint, all_of


@dataclass(eq=False)
class DockerEnvFromSchematics(Environment):
    """Makes a DockerHostEnvironment with a schematic's builder and mounts for each script.

    The fields are those of DockerHostEnvironment, which gets the same ``docker_client``.
    """

    _new_DockerHostEnvironment: Any = None  # noqa: N815
    _a_system: Any = None
    _storage_resolver: Any = None
    _new_RsyncArgs: Any = None  # noqa: N815
    _ml_nexus_default_docker_host_placement: DockerHostPlacement | None = None
    _logger: Any = None

    project: Any = None
    schematics: Any = None
    docker_host: str | None = None
    placement: DockerHostPlacement | None = None
    pinjected_additional_args: dict[str, str] = field(default_factory=dict)
    docker_options: Sequence[str] | None = None

    docker_client: DockerClient | None = None
    gpus: Gpus = "auto"

    _ml_nexus_default_docker_client: DockerClient | None = None
    _ml_nexus_docker_connect: Callable[[str], DockerClient] | None = None

    def __post_init__(self) -> None:
        self.placement = self.placement or self._ml_nexus_default_docker_host_placement
        self._begin(schematics=self.schematics, placement=self.placement)
        self._renew()

    def _renew(self) -> None:
        self._mounts = Joint(self._mount_all)
        self._updates = Joint(partial(self._mount_all, caches=False))

    async def prepare_mounts(self) -> list[DockerMount]:
        """Transfer what the mount requests name to the host, at most five at once.

        Concurrent callers share the work. Caches come first in the list. Raises
        InvalidArgument (a ValueError) for anything but a request, before anything is done;
        ResourceUnknown, PathNotFound.
        """
        return list(await self._mounts())

    async def update_mounts(self) -> None:
        """Like prepare_mounts, for a container that already runs with the mounts and has its caches."""
        await self._updates()

    async def _mount_all(self, caches: bool = True) -> list[DockerMount]:
        assert self.placement is not None
        mounter = Mounter(self.client, self._storage_resolver, self.placement)
        requests = sorted(self.schematics.mount_requests, key=lambda request: mounter.check(request) != "Cache")
        if not caches:
            requests = [request for request in requests if mounter.check(request) != "Cache"]
        return await all_of((partial(mounter.mount, request) for request in requests), MAX_TRANSFERS)

    async def _new_env(self) -> DockerHostEnvironment:
        return self.environment(await self.prepare_mounts())

    def environment(self, mounts: list[DockerMount]) -> DockerHostEnvironment:
        """The environment that a script runs in."""
        fields: dict[str, Any] = {
            "project": self.project,
            "docker_builder": self.schematics.builder,
            "additional_mounts": mounts,
            "pinjected_additional_args": self.pinjected_additional_args,
            "docker_options": self.docker_options,
            "docker_client": self.docker_client,
            "gpus": self.gpus,
        }
        if self._new_DockerHostEnvironment is not None:
            made: DockerHostEnvironment = self._new_DockerHostEnvironment(**fields)
            return made
        assert self.placement is not None
        return DockerHostEnvironment(
            _storage_resolver=self._storage_resolver,
            _ml_nexus_default_docker_image_repo="ml_nexus_go",
            mounter=DockerHostMounter(host_resource_root=self.placement.resource_root),
            **fields,
        )

    async def run_script(self, script: str, **keywords: Any) -> CommandResult:
        """Run a script as DockerHostEnvironment.run_script does."""
        encoded(script)
        async with self.placed(**waiting(keywords)) as here:
            return await (await here._new_env()).run_script(script, **keywords)

    async def run_script_without_init(self, script: str, **keywords: Any) -> CommandResult:
        """Run a script without the builder's scripts."""
        encoded(script)
        async with self.placed(**waiting(keywords)) as here:
            return await (await here._new_env()).run_script_without_init(script, **keywords)

    async def _run_words(self) -> list[str]:
        return await self.environment([])._run_words()

    async def detached(self) -> bool:
        """Return whether run_script returns while the script runs: ``-d`` in ``docker_options``."""
        return await self.environment([]).detached()

    def run_context(self) -> Any:
        """A ScriptRunContext on this environment; its files go where resources are."""
        return replace(self.environment([]).run_context(), env=self)

    def shown_path(self, path: Path | str) -> str:
        """Where a path in the container is on the host, as a person reads it."""
        return self.environment([]).shown_path(path)
