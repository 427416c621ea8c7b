"""Networks: how containers reach each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import Filters, filter_values, option_words, text, text_map, yes_or_no
from .._errors import InvalidArgument
from .._wire.generated.methods import (
    NETWORK_CONNECT,
    NETWORK_CREATE,
    NETWORK_DISCONNECT,
    NETWORK_INSPECT,
    NETWORK_LIST,
    NETWORK_PRUNE,
    NETWORK_REMOVE,
)
from .requests import Requests

if TYPE_CHECKING:
    from .._results.networks import Network, Subnet
    from .._wire.generated import networks as wire


class Networks(Requests):
    """Methods about networks. Names must match exactly; IDs work too.

    ``filters`` are docker's: ``{"label": ["a=b", "c"], "driver": "bridge"}``. One that networks
    do not have is InvalidArgument, and nothing is done.
    """

    async def create_network(
        self,
        name: str,
        *,
        driver: str | None = None,
        options: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        internal: bool = False,
        attachable: bool = False,
        ipv6: bool = False,
        subnets: str | Subnet | Iterable[str | Subnet] = (),
        ipam_driver: str | None = None,
        ipam_options: Mapping[str, str] | None = None,
        scope: str | None = None,
    ) -> Network:
        """Create a network, a bridge unless ``driver`` says otherwise.

        ``internal`` keeps it away from the world outside. ``subnets`` are texts such as
        ``"10.20.0.0/16"``, or Subnet with a gateway and a range; the engine chooses one if there
        is none. Subnets of IPv6 need ``ipv6``.

        Raises Conflict where the name is in use; InvalidArgument for a subnet that is none, and
        for one that overlaps with another network's (or EngineError, as the engine says it).
        The network also gets the label ``ml-nexus-go.creation``, by which a lost answer is
        made up for.
        """
        for value, keyword in ((internal, "internal"), (attachable, "attachable"), (ipv6, "ipv6")):
            yes_or_no(value, keyword)
        request = NETWORK_CREATE(
            {
                "name": text(name, "name"),
                "driver": _optional(driver, "driver"),
                "options": text_map(options, "options"),
                "labels": text_map(labels, "labels"),
                "internal": internal,
                "attachable": attachable,
                "ipv6": ipv6,
                "subnets": [
                    _subnet(one)
                    for one in ([subnets] if isinstance(subnets, (str, _results.networks.Subnet)) else subnets)
                ],
                "ipam_driver": _optional(ipam_driver, "ipam_driver"),
                "ipam_options": text_map(ipam_options, "ipam_options"),
                "scope": _optional(scope, "scope"),
            }
        )
        return _results.networks.network_of(await self._call(request))

    async def remove_network(self, network: str) -> None:
        """Remove a network.

        Raises Conflict while running containers are in it, which it names (also in
        ``details["containers"]``), and for docker's own networks; NotFound.
        """
        await self._call(NETWORK_REMOVE({"network": text(network, "network")}))

    async def network(self, network: str) -> Network:
        """Return a network with its running containers. Raises NotFound."""
        return _results.networks.network_of(await self._call(NETWORK_INSPECT({"network": text(network, "network")})))

    async def networks(self, filters: Filters = None) -> list[Network]:
        """Return the networks that match all filters, without their containers.

        Filters are ``dangling``, ``driver``, ``id``, ``label``, ``name``, ``scope``, ``type``.
        """
        rows = await self._call(NETWORK_LIST({"filters": filter_values(filters)}))
        return _results.tables.Listing(_results.networks.network_of(raw, listed=True) for raw in rows)

    async def connect_network(
        self,
        network: str,
        container: str,
        *,
        aliases: str | Iterable[str] = (),
        ip: str | None = None,
        ip6: str | None = None,
    ) -> None:
        """Take a container, running or not, into a network.

        ``aliases`` are more names that it has there; ``ip`` and ``ip6`` are addresses in a subnet
        that the network was created with. Raises Conflict where a running container is in it
        already; NotFound, ContainerNotFound.
        """
        request = NETWORK_CONNECT(
            {
                "network": text(network, "network"),
                "container": text(container, "container"),
                "aliases": option_words(aliases, "aliases"),
                "ip": _optional(ip, "ip"),
                "ip6": _optional(ip6, "ip6"),
            }
        )
        await self._call(request)

    async def disconnect_network(self, network: str, container: str, force: bool = False) -> None:
        """Take a container out of a network.

        ``force`` also takes out what the engine has lost track of. Raises Conflict where it is
        not in it; NotFound, ContainerNotFound.
        """
        yes_or_no(force, "force")
        names = {"network": text(network, "network"), "container": text(container, "container")}
        await self._call(
            NETWORK_DISCONNECT({"network": names["network"], "container": names["container"], "force": force})
        )

    async def prune_networks(self, *, filters: Filters = None, dry_run: bool = False) -> list[str]:
        """Remove the networks that no running container is in; return their names.

        ``filters`` are ``label``, ``label!`` and ``until``; those of docker's settings
        (``pruneFilters``) count as well. ``dry_run`` removes nothing. If the connection is lost,
        ConnectionLost says that it is not known what was removed: a prune is not sent twice.
        """
        yes_or_no(dry_run, "dry_run")
        result = await self._call(NETWORK_PRUNE({"filters": filter_values(filters), "dry_run": dry_run}))
        return list(result["networks"])


def _optional(value: str | None, name: str) -> str | None:
    return None if value is None else text(value, name)


def _subnet(value: str | Subnet) -> wire.Subnet:
    if isinstance(value, str):
        return {"subnet": value}
    if not isinstance(value, _results.networks.Subnet):
        raise InvalidArgument(f"each of subnets must be a str or a Subnet, not {type(value).__name__}")
    return {
        "subnet": text(value.subnet, "subnet"),
        "gateway": _optional(value.gateway, "gateway"),
        "ip_range": _optional(value.ip_range, "ip_range"),
        "reserved": text_map(value.reserved, "reserved"),
    }
