"""What gets mounted: requests of a schematic, and where they end up on the host.

Requests are distinguished by their class's name, so that ml_nexus's own work as well as
those here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._clients.docker_client import DockerClient
from .._errors import InvalidArgument, NotFound

MAX_TRANSFERS = 5


class ResourceUnknown(NotFound, KeyError):
    """The storage resolver does not know an ID."""


@dataclass
class DockerMount:
    """``source`` on the host, seen as ``target`` in the container."""

    source: Path
    target: Path


@dataclass
class DockerHostPlacement:
    """Folders on the host, under which mounts are placed."""

    cache_root: Path
    resource_root: Path
    source_root: Path
    direct_root: Path


@dataclass
class CacheMountRequest:
    """A folder of the host that stays from run to run."""

    name: str
    mount_point: Path


@dataclass
class ResolveMountRequest:
    """What the storage resolver knows under an ID; ``kind`` is "resource" or "source"."""

    kind: str
    resource_id: str
    mount_point: Path
    excludes: list[str] = field(default_factory=list)


@dataclass
class DirectMountRequest:
    """A local folder."""

    source: Path
    mount_point: Path
    excludes: list[str] = field(default_factory=list)


@dataclass
class ContextualMountRequest:
    """A local folder that exists within an asynchronous context only."""

    source: Callable[[], AbstractAsyncContextManager[Path]]
    mount_point: Path
    excludes: list[str] = field(default_factory=list)


def hashed(text: object) -> str:
    """Return the folder's name under direct_root: 32 hexadecimal digits, as in ml_nexus."""
    return hashlib.sha256(str(text).encode()).hexdigest()[:32]


def at_home(path: Path | str) -> Path:
    """Return a local path with ``~`` replaced."""
    return Path(path).expanduser()


async def locate(resolver: Any, resource_id: str) -> Path:
    """Ask the storage resolver. Raises ResourceUnknown, a KeyError."""
    try:
        return Path(await resolver.locate(resource_id))
    except KeyError as error:
        why = error.args[0] if error.args and isinstance(error.args[0], str) else repr(error)
        raise ResourceUnknown(f"the storage resolver does not know the ID {resource_id!r}: {why}") from error


@dataclass
class Mounter:
    """Transfers what a request names to the host."""

    client: DockerClient
    resolver: Any
    placement: DockerHostPlacement

    def check(self, request: Any) -> str:
        """Return the kind of a request. Raises InvalidArgument for anything else."""
        names = {cls.__name__ for cls in type(request).__mro__}
        for kind in ("Cache", "Resolve", "Direct", "Contextual"):
            if f"{kind}MountRequest" in names:
                if kind == "Resolve" and request.kind not in ("resource", "source"):
                    raise InvalidArgument(f"a mount of kind {request.kind!r} is invalid: use 'resource' or 'source'")
                return kind
        raise InvalidArgument(f"{request!r} is not a mount request")

    async def mount(self, request: Any) -> DockerMount:
        """Transfer what a request names, and return its mount."""
        kind = self.check(request)
        if kind == "Cache":
            folder = Path(self.placement.cache_root) / request.name
            await self.client.mkdir_on_host(folder)
            return DockerMount(folder, request.mount_point)
        if kind == "Contextual":
            async with request.source() as source:
                return await self._sync(source, self._direct(request.mount_point), request)
        if kind == "Direct":
            return await self._sync(request.source, self._direct(request.source), request)
        roots = {"resource": self.placement.resource_root, "source": self.placement.source_root}
        source = await locate(self.resolver, request.resource_id)
        return await self._sync(source, Path(roots[request.kind]) / request.resource_id, request)

    def _direct(self, named_by: object) -> Path:
        return Path(self.placement.direct_root) / hashed(named_by)

    async def _sync(self, source: Path, folder: Path, request: Any) -> DockerMount:
        await self.client.sync_to_host(at_home(source), folder, excludes=list(request.excludes or ()), hardlinks=True)
        return DockerMount(folder, request.mount_point)
