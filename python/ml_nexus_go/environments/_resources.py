"""A project's resources on the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .._arguments.checks import Word
from .._clients.docker_client import DockerClient
from .._clients.shared import shared_client
from .._results.ml_nexus import foreign
from ._choice import warn_of_class
from ._mounts import MAX_TRANSFERS, at_home, locate
from ._tasks import all_of


@dataclass
class DockerHostMounter:
    """Puts resources under ``host_resource_root`` on the host, mounted as resources_root."""

    _storage_resolver: Any = None
    _a_system: Any = None
    _a_ssh_cmd: Any = None
    _new_RsyncArgs: Any = None  # noqa: N815

    host_resource_root: Path = Path("/tmp/ml_nexus/resources")

    _ml_nexus_docker_connect: Callable[[str], DockerClient] | None = None

    def docker_opts(self, placement: Any) -> str:
        """The mount as an option of ``docker run``."""
        return f"-v {self.host_resource_root}:{placement.resources_root}"

    async def prepare_resource(self, host: str, project: Any) -> None:
        """Make a host's resources equal to the local ones. Environments of ml_nexus call it."""
        warn_of_class("DockerHostEnvironment")
        client = (self._ml_nexus_docker_connect or shared_client)(host)
        await prepare_resources(client, self, self._storage_resolver, host, project)


def _own_way(mounter: Any) -> bool:
    """Return whether a mounter is the user's own class, with its own way to transfer."""
    method = getattr(type(mounter), "prepare_resource", None)
    theirs = getattr(foreign("ml_nexus.docker_env", "DockerHostMounter"), "prepare_resource", None)
    return method not in (None, theirs, DockerHostMounter.prepare_resource)


def mount_words(mounter: Any, placement: Any) -> list[str]:
    """The options that mount the resources."""
    if _own_way(mounter):
        return [mounter.docker_opts(placement)]
    return ["-v", Word(f"{mounter.host_resource_root}:{placement.resources_root}")]


async def prepare_resources(client: DockerClient, mounter: Any, resolver: Any, host: str, project: Any) -> None:
    """Make the host's resources equal to the local ones, MAX_TRANSFERS at once.

    Raises ResourceUnknown, PathNotFound.
    """
    if _own_way(mounter):
        await mounter.prepare_resource(host, project)
        return
    resolver = resolver if resolver is not None else mounter._storage_resolver

    async def sync(folder: Any) -> None:
        source = at_home(await locate(resolver, folder.id))
        target = Path(mounter.host_resource_root) / folder.id
        await client.sync_to_host(source, target, excludes=list(folder.excludes or ()), delete=True, hardlinks=True)

    folders = [folder for folder in project.yield_project_dirs() if folder.kind == "resource"]
    await all_of((partial(sync, folder) for folder in folders), MAX_TRANSFERS)
