"""Volumes: what containers keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import Filters, filter_values, text, text_map, yes_or_no
from .._errors import InvalidArgument
from .._wire.generated.methods import VOLUME_CREATE, VOLUME_INSPECT, VOLUME_LIST, VOLUME_PRUNE, VOLUME_REMOVE
from .requests import Requests

if TYPE_CHECKING:
    from .._results.volumes import Volume, VolumePruning


class Volumes(Requests):
    """Methods about volumes.

    ``filters`` are docker's: ``{"label": ["a=b", "c"], "dangling": True}``. One that volumes
    do not have is InvalidArgument, and nothing is done.
    """

    async def create_volume(
        self,
        name: str | None = None,
        *,
        driver: str | None = None,
        driver_options: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Volume:
        """Create a volume; without a name an anonymous one, whose name is random.

        As with docker, a volume that exists already is returned. Raises Conflict if it lacks
        the driver, an option or a label that is asked for; InvalidArgument for a name or options
        that the driver refuses. The volume also gets the label ``ml-nexus-go.creation``, by
        which a lost answer is made up for.
        """
        request = VOLUME_CREATE(
            {
                "name": None if name is None else _named(name),
                "driver": None if driver is None else text(driver, "driver"),
                "driver_options": text_map(driver_options, "driver_options"),
                "labels": text_map(labels, "labels"),
            }
        )
        return _results.volumes.volume_of(await self._call(request))

    async def remove_volume(self, name: str, force: bool = False) -> None:
        """Remove a volume and the files in it.

        Raises Conflict, which names the containers, while one has it, running or not;
        NotFound, unless ``force``, which also removes what its driver no longer knows.
        """
        yes_or_no(force, "force")
        await self._call(VOLUME_REMOVE({"volume": text(name, "name"), "force": force}))

    async def volume(self, name: str) -> Volume:
        """Return a volume. Raises NotFound."""
        return _results.volumes.volume_of(await self._call(VOLUME_INSPECT({"volume": text(name, "name")})))

    async def volumes(self, filters: Filters = None) -> list[Volume]:
        """Return the volumes that match all filters: ``dangling``, ``driver``, ``label``, ``name``."""
        rows = await self._call(VOLUME_LIST({"filters": filter_values(filters)}))
        return _results.tables.Listing(map(_results.volumes.volume_of, rows))

    async def prune_volumes(
        self,
        *,
        filters: Filters = None,
        all: bool = False,  # noqa: A002 - docker's word
        dry_run: bool = False,
    ) -> VolumePruning:
        """Remove the anonymous volumes that no container has; with ``all`` those with names, too.

        ``filters`` are ``label`` and ``label!``; those of docker's settings (``pruneFilters``)
        count as well. ``dry_run`` removes nothing. Volumes of other drivers than ``local``, and
        those with driver options, are never removed.

        An engine before API 1.42 does not know which volumes are anonymous: without ``all``,
        InvalidArgument. If the connection is lost, ConnectionLost says that it is not known
        what was removed: a prune is not sent twice.
        """
        yes_or_no(all, "all")
        yes_or_no(dry_run, "dry_run")
        request = VOLUME_PRUNE({"filters": filter_values(filters), "all": all, "dry_run": dry_run})
        result = await self._call(request)
        return _results.volumes.VolumePruning(tuple(result["volumes"]), result["reclaimed"])


def _named(name: str) -> str:
    if text(name, "name") == "":
        raise InvalidArgument("name is empty: leave it out for a random one")
    return name
