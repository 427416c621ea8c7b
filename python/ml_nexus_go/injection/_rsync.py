"""new_RsyncArgs: ml_nexus's description of a sync, carried out without a process."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._clients.docker_client import DockerClient
from .._clients.target import LOCAL_NAMES
from .._errors import InvalidArgument
from .._results.ml_nexus import foreign
from ..environments._mounts import at_home
from ._bind import instance_of
from ._clients import Connect, this_machine
from ._rsync_options import sync_keywords


@dataclass
class RsyncLocation:
    """A path on this machine, or on a host over SSH."""

    path: Path
    host: str = "localhost"
    user: str | None = None


@dataclass
class RsyncArgs:
    """Where ml_nexus was imported, its own class stands here."""

    _a_system: Any
    _rsync_semaphore: Any

    src: Any
    dst: Any
    excludes: list[str] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    hardlink: bool = False

    def __post_init__(self) -> None:
        self.src, self.dst = _location(self.src), _location(self.dst)


def _location(place: Any) -> Any:
    if isinstance(place, str) and ":" in place:
        host, _, path = place.partition(":")
        return RsyncLocation(Path(path), host)
    return RsyncLocation(Path(place)) if isinstance(place, (str, os.PathLike)) else place


class SyncedArgs:
    """Goes before RsyncArgs among the bases of a class: ``run`` is a sync of this package.

    dataclasses.replace(), which ml_nexus uses, makes another object of the same class.
    """

    _connect: Connect
    _local: DockerClient

    src: Any
    dst: Any
    excludes: list[str] | None
    includes: list[str] | None
    options: list[str] | None
    hardlink: bool

    async def run(self) -> None:
        """Make ``dst`` equal to ``src``: both local, or one on a host.

        With ``hardlink``, local files become hard links to the source's. Raises
        InvalidArgument for an unsupported option; what sync_to_host and
        download_from_host raise.
        """
        source, goal = _host(self.src), _host(self.dst)
        keywords = sync_keywords(self.options or ())
        keywords |= {"excludes": list(self.excludes or ()), "includes": list(self.includes or ())}
        if source is not None:
            await self._fetch(source, goal, keywords)
        elif goal is not None:
            await self._connect(goal).sync_to_host(at_home(self.src.path), self.dst.path, hardlinks=True, **keywords)
        else:
            here = at_home(self.dst.path).absolute()
            await self._local.sync_to_host(
                at_home(self.src.path), here, hardlinks=True, link_source=self.hardlink, **keywords
            )

    async def _fetch(self, source: str, goal: str | None, keywords: dict[str, Any]) -> None:
        if goal is not None:
            raise InvalidArgument(f"RsyncArgs: a sync from {source} to {goal} is none: one side must be this machine")
        chosen = [name for name in ("filters", "excludes", "includes", "delete") if keywords.get(name)]
        if chosen:
            raise InvalidArgument(
                f"RsyncArgs: from a host ({source}) everything is fetched: leave {', '.join(chosen)} out"
            )
        client = self._connect(source)
        await client.download_from_host(self.src.path, at_home(self.dst.path), checksum=bool(keywords.get("checksum")))


def _host(location: Any) -> str | None:
    """Return the target of a location's machine, or None for this one."""
    if location.host is None or location.host in LOCAL_NAMES:
        return None
    return f"{location.user}@{location.host}" if location.user else str(location.host)


def _new_rsync_args(
    ml_nexus_docker_connect: Connect, ml_nexus_system_call_event_bus: Any, a_system: Any, rsync_semaphore: Any
) -> Callable[..., Any]:
    members = {
        "_connect": staticmethod(ml_nexus_docker_connect),
        "_local": this_machine(ml_nexus_system_call_event_bus),
    }
    made: dict[type, type] = {}

    def new_RsyncArgs(*args: Any, **fields: Any) -> Any:  # noqa: N802
        """Return an RsyncArgs, an instance of ml_nexus's class if that was imported."""
        base: type = foreign("ml_nexus.rsync_util", "RsyncArgs") or RsyncArgs
        if base not in made:
            made[base] = type("RsyncArgs", (SyncedArgs, base), dict(members))
        return made[base](a_system, rsync_semaphore, *args, **fields)

    return new_RsyncArgs


new_RsyncArgs = instance_of(_new_rsync_args, "ml_nexus_system_call_event_bus", "a_system", "rsync_semaphore")  # noqa: N816
