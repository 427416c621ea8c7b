"""What containers use: processors, memory, network, block devices."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import Filters, filter_values, option_words, text
from .._errors import InvalidArgument
from .._wire.generated.methods import CONTAINER_ALL_STATS, CONTAINER_STATS, CONTAINER_STREAM_STATS
from .requests import Requests

if TYPE_CHECKING:
    from .._results.stats import ContainerStats


class Stats(Requests):
    """Methods that measure what containers use, with the figures of ``docker stats``.

    The engine measures once a second. Of two samples of a container, a reader that is slower
    than that gets the newer one.
    """

    async def container_stats(self, container: str) -> ContainerStats:
        """Return what a container uses now.

        It takes the engine one to two seconds, as the share of the processors is what was used
        between two measurements. Raises ContainerNotFound and ContainerNotRunning.
        """
        return _results.stats.stats_of(await self._call(CONTAINER_STATS({"container": text(container, "container")})))

    def stream_container_stats(self, container: str) -> AsyncGenerator[ContainerStats, None]:
        """Yield what a container uses, each second, until it stops or is removed.

        It goes on after a lost connection, and through the restarts of a restart policy.
        Raises ContainerNotFound and ContainerNotRunning.
        """
        return self._read_stats(CONTAINER_STREAM_STATS({"container": text(container, "container")}))

    def stats(
        self, containers: str | Iterable[str] | None = None, *, filters: Filters = None
    ) -> AsyncGenerator[ContainerStats, None]:
        """Yield what each of many containers uses, each second: of all that run, or of those named.

        Containers join when they are started, and leave when they stop. ``filters`` are those
        of containers(), and count when a container joins. It goes on after a lost connection
        and a restart of the engine, if that answers within ``reconnect_timeout``; else it
        raises ConnectionLost. It ends when its reader ends it, or once all of ``containers``
        are removed; they must exist at first (ContainerNotFound), and need not run.
        """
        names = option_words(containers, "containers")
        if containers is not None and not names:
            raise InvalidArgument("containers is empty: name one, or leave it out for all that run")
        return self._read_stats(CONTAINER_ALL_STATS({"containers": names, "filters": filter_values(filters)}))
