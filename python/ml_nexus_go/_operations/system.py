"""The engine itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _results
from .._arguments.checks import Filters, byte_position, filter_values, seconds, yes_or_no
from .._wire.generated.methods import (
    SYSTEM_BUILD_CACHE,
    SYSTEM_DISK_USAGE,
    SYSTEM_INFO,
    SYSTEM_PING,
    SYSTEM_PRUNE,
    SYSTEM_PRUNE_BUILD_CACHE,
    SYSTEM_VERSION,
)
from .requests import Requests

if TYPE_CHECKING:
    from .._results.disk_usage import BuildCacheRecord, DiskUsage
    from .._results.system import BuildCachePruning, PingResult, SystemPruning


class System(Requests):
    """Methods about the engine."""

    async def ping(self) -> PingResult:
        """Check that the engine answers. Raises EngineUnreachable."""
        result = await self._call(SYSTEM_PING({}))
        return _results.system.PingResult(result["api_version"], result["os_type"], result["builder_version"])

    async def info(self) -> dict[str, Any]:
        """Return the engine's ``GET /info``, what ``docker info`` is made from."""
        result: dict[str, Any] = await self._call(SYSTEM_INFO({}))
        return result

    async def version(self) -> dict[str, Any]:
        """Return the engine's ``GET /version``."""
        result: dict[str, Any] = await self._call(SYSTEM_VERSION({}))
        return result

    async def disk_usage(self, *, timeout: float | None = None) -> DiskUsage:
        """Return what is on the engine's disk, as ``docker system df -v`` does; sizes are in bytes.

        The engine reads the size of every file of its containers and volumes, which may take it
        minutes, and does so for one caller at a time: this waits for the others. Raises
        OperationTimeout after ``timeout`` seconds.
        """
        request = SYSTEM_DISK_USAGE({})
        raw = await self._watch(request, seconds(timeout, "timeout"), None)
        return self._read(request, lambda: _results.disk_usage.disk_usage_of(raw))

    async def build_cache(self, *, timeout: float | None = None) -> list[BuildCacheRecord]:
        """Return what the engine keeps of builds, as ``docker system df -v`` lists it.

        An engine before API 1.42 measures everything else for that, too; see ``disk_usage``.
        """
        request = SYSTEM_BUILD_CACHE({})
        rows = await self._watch(request, seconds(timeout, "timeout"), None)
        return self._read(request, lambda: [_results.disk_usage.build_cache_record_of(row) for row in rows])

    async def prune_build_cache(
        self,
        *,
        filters: Filters = None,
        all: bool = False,  # noqa: A002 - docker's word
        keep_storage: int = 0,
        max_used: int = 0,
        min_free: int = 0,
        dry_run: bool = False,
    ) -> BuildCachePruning:
        """Remove what builds keep and no build uses, as ``docker builder prune`` does.

        With ``all``, what images share and BuildKit's own records go, too. ``filters`` are ``until``
        (when it was last used: a time or an age), ``id`` (a regular expression), ``type`` and
        ``description``, each given once. ``keep_storage`` keeps so many bytes of what was used
        most and last. On engines with API 1.48, ``max_used`` does so unless ``keep_storage`` is more, and
        ``min_free`` removes only as much as is needed for so many free bytes on the disk.

        ``dry_run`` removes nothing, by BuildKit's rules; it cannot know ``min_free``. Filters of
        docker's settings (``pruneFilters``) count as well: one for labels, which build cache does not
        have, is InvalidArgument. This waits while the engine prunes for somebody else. After
        ConnectionLost nothing is asked for a second time.
        """
        yes_or_no(all, "all")
        yes_or_no(dry_run, "dry_run")
        request = SYSTEM_PRUNE_BUILD_CACHE(
            {
                "filters": filter_values(filters),
                "all": all,
                "keep_storage": byte_position(keep_storage, "keep_storage"),
                "max_used": byte_position(max_used, "max_used"),
                "min_free": byte_position(min_free, "min_free"),
                "dry_run": dry_run,
            }
        )
        result = await self._call(request)
        return _results.system.BuildCachePruning(tuple(result["deleted"]), result["reclaimed"])

    async def prune_system(
        self,
        *,
        all: bool = False,  # noqa: A002 - docker's word
        volumes: bool = False,
        filters: Filters = None,
        dry_run: bool = False,
    ) -> SystemPruning:
        """Remove what nothing uses, as ``docker system prune`` does, in its order.

        Those are containers that do not run, networks, with ``volumes`` anonymous volumes, images
        without a name (with ``all`` all that no container uses), and build cache. ``filters`` are ``label``,
        ``label!`` and, unless volumes are pruned, ``until``; those of docker's settings
        (``pruneFilters``) count as well. A ``label`` leaves build cache alone, which has none.

        ``dry_run`` removes nothing; what only removed containers use is in its result, but not build
        cache that only removed images share. If one kind fails, the error says what was removed
        before, in ``details["pruned"]`` by kind. Before API 1.42, ``volumes`` is InvalidArgument:
        the engine would remove those with names. After ConnectionLost nothing is asked for a
        second time.
        """
        for value, keyword in ((all, "all"), (volumes, "volumes"), (dry_run, "dry_run")):
            yes_or_no(value, keyword)
        request = SYSTEM_PRUNE(
            {"filters": filter_values(filters), "all": all, "volumes": volumes, "dry_run": dry_run},
        )
        result = await self._call(request)
        containers, images, cache = result["containers"], result["images"], result["build_cache"]
        return _results.system.SystemPruning(
            containers=_results.containers.ContainerPruning(tuple(containers["deleted"]), containers["reclaimed"]),
            networks=tuple(result["networks"]["networks"]),
            volumes=_results.volumes.VolumePruning(tuple(result["volumes"]["volumes"]), result["volumes"]["reclaimed"]),
            images=_results.images.ImagePruning(images["untagged"], images["deleted"], images["reclaimed"]),
            build_cache=_results.system.BuildCachePruning(tuple(cache["deleted"]), cache["reclaimed"]),
        )
