"""A fleet's nodes, and what waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _results
from .._wire.generated.methods import FLEET_NODES, FLEET_WAITING
from .requests import Requests

if TYPE_CHECKING:
    from .._results.fleet import FleetNode, WaitingRun


class Fleet(Requests):
    """Methods about a fleet, which ``connect("swarm://HOST")`` returns.

    A client of one engine raises InvalidArgument, with ``details["reason"] == "no_fleet"``.
    """

    async def nodes(self) -> list[FleetNode]:
        """Return the fleet's nodes, by their names, with what is reserved on each and what is free.

        That is what Swarm's managers know; no node is asked. Raises InvalidArgument where the
        client has one engine.
        """
        from .._results.fleet import node_of  # noqa: PLC0415 - results load when they are used

        request = FLEET_NODES({})
        rows = await self._call(request)
        return self._read(request, lambda: _results.tables.Listing(map(node_of, rows)))

    async def waiting_runs(self) -> list[WaitingRun]:
        """Return what waits for a node, of any program, and why; what has waited longest is the first.

        Raises InvalidArgument where the client has one engine.
        """
        from .._results.fleet import waiting_of  # noqa: PLC0415 - as above

        request = FLEET_WAITING({})
        rows = await self._call(request)
        return self._read(request, lambda: _results.tables.Listing(map(waiting_of, rows)))
