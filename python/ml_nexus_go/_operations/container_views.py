"""Looking into containers: their processes, their changes and their ports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import option_words, text
from .._wire.generated.methods import CONTAINER_DIFF, CONTAINER_PORTS, CONTAINER_TOP
from .requests import Requests

if TYPE_CHECKING:
    from .._results.containers import ContainerChange, ContainerPort, ContainerTop


class ContainerViews(Requests):
    """Methods that look into a container without running anything in it."""

    async def container_top(self, container: str, ps_args: str | Iterable[str] | None = None) -> ContainerTop:
        """Return the processes of a container, as ``ps`` on the engine's host shows them.

        ``ps_args`` are its arguments, ``"-eo pid,comm"`` for example, which must show the
        PID; None means ``-ef``. Raises ContainerNotRunning.
        """
        arguments = option_words(ps_args, "ps_args")
        result = await self._call(CONTAINER_TOP({"container": text(container, "container"), "arguments": arguments}))
        return _results.containers.ContainerTop(tuple(result["titles"]), tuple(map(tuple, result["processes"])))

    async def container_diff(self, container: str) -> list[ContainerChange]:
        """Return the paths of a container, running or not, that differ from its image.

        A folder counts as modified where something in it has changed. Files in volumes and
        in tmpfs mounts are not part of it.
        """
        rows = await self._call(CONTAINER_DIFF({"container": text(container, "container")}))
        return [_results.containers.ContainerChange(row["kind"], row["path"]) for row in rows]

    async def container_ports(self, container: str) -> list[ContainerPort]:
        """Return the ports of a running container, in their order, once for each address on the host.

        A port that the image exposes and nobody published is at no address. A container that
        does not run has none.
        """
        rows = await self._call(CONTAINER_PORTS({"container": text(container, "container")}))
        return [
            _results.containers.ContainerPort(
                row["port"], row["protocol"], row["host_ip"] or None, row["host_port"] or None
            )
            for row in rows
        ]
