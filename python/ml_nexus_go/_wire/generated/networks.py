# Written by go run ./tools/wire. Change the Go side instead.
"""What core/networks.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class Subnet(TypedDict):
    """Subnet is a range of a network's addresses, in CIDR notation. What is empty is chosen by the engine."""

    subnet: str
    gateway: NotRequired[str | None]
    ip_range: NotRequired[str | None]
    # reserved are addresses that no container gets, by what uses them.
    reserved: NotRequired[dict[str, str] | None]


class NetworkCreateRequest(TypedDict):
    """NetworkCreateRequest is docker network create."""

    name: str
    driver: NotRequired[str | None]
    options: NotRequired[dict[str, str] | None]
    labels: NotRequired[dict[str, str] | None]
    internal: NotRequired[bool | None]
    attachable: NotRequired[bool | None]
    ipv6: NotRequired[bool | None]
    scope: NotRequired[str | None]
    ipam_driver: NotRequired[str | None]
    ipam_options: NotRequired[dict[str, str] | None]
    subnets: NotRequired[list[Subnet] | None]


class NetworkRequest(TypedDict):
    """NetworkRequest names a network by its name or ID."""

    network: str


class NetworkListRequest(TypedDict):
    """NetworkListRequest asks for the networks that have all of these properties."""

    filters: NotRequired[dict[str, list[str]] | None]


class NetworkConnectRequest(TypedDict):
    """NetworkConnectRequest gives a container a place in a network: other names there, and addresses of its own
    choice.
    """

    network: str
    container: str
    aliases: NotRequired[list[str] | None]
    ip: NotRequired[str | None]
    ip6: NotRequired[str | None]


class NetworkDisconnectRequest(TypedDict):
    """NetworkDisconnectRequest takes a container out of a network. Force also takes out what the engine has lost
    track of.
    """

    network: str
    container: str
    force: NotRequired[bool | None]


class NetworksPruneRequest(TypedDict):
    """NetworksPruneRequest removes the networks that no running container is in. DryRun only asks which."""

    filters: NotRequired[dict[str, list[str]] | None]
    dry_run: NotRequired[bool | None]


class NetworksPruneResult(TypedDict):
    """NetworksPruneResult names what was removed."""

    networks: list[str]
