"""Files of the hosts of a fleet's nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Literal, TypeVar

from .. import _results
from .._arguments.checks import LocalPath, local_path, seconds, text
from .._calls.shield import ended
from .._errors import DockerError, InvalidArgument
from .._wire.generated.methods import HOST_SYNC
from .fleet import Fleet
from .host_files import HostFiles, HostPath, host_path
from .sync_requests import Patterns, sync_request

if TYPE_CHECKING:
    from .._results.host_files import SyncReport

T = TypeVar("T")


class NodeFiles(Fleet, HostFiles):
    """Methods that do on many nodes what others do on one host."""

    async def sync_to_nodes(
        self,
        source: LocalPath,
        destination: HostPath,
        *,
        nodes: Literal["all"] | Iterable[str] = "all",
        at_once: int = 4,
        excludes: Patterns = (),
        includes: Patterns = (),
        filters: Patterns = (),
        delete: bool = False,
        hardlinks: bool = False,
        checksum: bool = False,
        allow_system_paths: bool = False,
        timeout: float | None = None,
    ) -> dict[str, SyncReport | DockerError]:
        """Sync a local folder (or a file) to the hosts of a fleet, as sync_to_host does to one.

        ``nodes`` are host names or IDs; "all" are those that Swarm hears from. ``at_once`` of them
        get the files at the same time; each has ``timeout`` seconds. Returns, for each node, its
        report, or the error that it ended with: one that fails keeps no other from being synced.

        Raises InvalidArgument for a node that the fleet does not have, and where the client has one
        engine, before anything is done.
        """
        if isinstance(at_once, bool) or not isinstance(at_once, int) or at_once < 1:
            raise InvalidArgument(f"at_once must be a number of nodes, 1 or more, not {at_once!r}")
        seconds(timeout, "timeout")
        request = sync_request(
            local_path(source, "source"),
            host_path(destination, "destination"),
            excludes=excludes,
            includes=includes,
            filters=filters,
            delete=delete,
            hardlinks=hardlinks,
            link_source=False,
            checksum=checksum,
            allow_system_paths=allow_system_paths,
        )

        async def sync(node: str) -> SyncReport:
            done = await self._transfer(HOST_SYNC({**request, "node": node}), None, None, "sync", timeout)
            return _results.host_files.sync_report(done)

        return await _each(await self._named(nodes), at_once, sync)

    async def _named(self, nodes: Literal["all"] | Iterable[str]) -> list[str]:
        known = await self.nodes()
        if nodes == "all":
            return [node.hostname for node in known if node.state == "ready"]
        names = [text(name, "each of nodes") for name in ([nodes] if isinstance(nodes, str) else nodes)]
        for name in names:
            if not any(name in (node.hostname, node.id) for node in known):
                there = ", ".join(node.hostname for node in known)
                raise InvalidArgument(f"the fleet has no node {name!r}: it has {there}", target=self.target)
        return names


async def _each(names: list[str], at_once: int, work: Callable[[str], Awaitable[T]]) -> dict[str, T | DockerError]:
    """Do work for each name, ``at_once`` at the same time, and return what came of it."""
    results: dict[str, T | DockerError] = {}
    left = iter(dict.fromkeys(names))

    async def some() -> None:
        for name in left:
            try:
                results[name] = await work(name)
            except DockerError as error:
                results[name] = error

    tasks = [asyncio.ensure_future(some()) for _ in range(min(at_once, len(names)))]
    try:
        await asyncio.gather(*tasks)
    finally:
        await ended(*tasks)
    return {name: results[name] for name in dict.fromkeys(names)}
