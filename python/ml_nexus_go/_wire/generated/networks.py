# Written by go run ./tools/wire. Change the Go side instead.
"""What core/networks.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

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


class ForwardRequest(TypedDict):
    """ForwardRequest makes a port of a container reachable on this machine, or, with Reverse, one of this machine in
    the container. Both are on the loopback.
    """

    container: str
    # port is the container's: where a program of it listens or, with Reverse, where the agent does (0 is any free one).
    port: NotRequired[int | None]
    # socket is an abstract Unix socket of the container instead, with "@" in front.
    socket: NotRequired[str | None]
    # local_port is this machine's. 0 is any free one; with Reverse, the same as Port.
    local_port: NotRequired[int | None]
    # local_socket is a Unix socket of this machine instead; absolute. Without Reverse it is made, and only its owner
    # may connect to it.
    local_socket: NotRequired[str | None]
    reverse: NotRequired[bool | None]
    # host_network allows a container that has the host's network, and so the host's loopback.
    host_network: NotRequired[bool | None]


class ListeningEvent(TypedDict):
    """ListeningEvent says where a forwarded port is: an address of this machine or, with Reverse, in the container.
    For a Unix socket there is no Host and no Port.
    """

    event: Literal["listening"]
    host: NotRequired[str]
    port: NotRequired[int]
    socket: NotRequired[str]


class RefusedEvent(TypedDict):
    """RefusedEvent says why a connection to a forwarded port was closed at once."""

    event: Literal["refused"]
    message: str
