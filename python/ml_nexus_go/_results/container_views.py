"""Containers as the engine describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from .containers import ContainerPort
from .documents import public
from .tables import Shown

Health = Literal["starting", "healthy", "unhealthy"]


@public
@dataclass(frozen=True)
class ContainerMount:
    """What a container has mounted."""

    type: str  # "bind", "volume", "tmpfs"...
    name: str | None  # of a volume
    source: str  # on the host; "" for a tmpfs, and for a volume in a list
    destination: str
    driver: str | None  # of a volume
    mode: str  # docker's options, "z" for example
    read_only: bool
    propagation: str


@public
@dataclass(frozen=True)
class ContainerNetwork:
    """A container's place in a network; what it does not have (yet) is None."""

    network_id: str | None
    endpoint_id: str | None
    ip_address: str | None
    prefix_length: int
    gateway: str | None
    ipv6_address: str | None
    ipv6_prefix_length: int
    ipv6_gateway: str | None
    mac_address: str | None
    aliases: tuple[str, ...]  # () in a list


@public
@dataclass(frozen=True)
class Container(Shown):
    """A container in a list."""

    _columns = ("name", "image", "command", "status", "ports", "created")

    id: str  # all 64 digits
    name: str
    names: tuple[str, ...]  # with those that links give it, as "other/alias"
    image: str  # as it was named
    image_id: str  # "sha256:..."
    command: str  # what runs, with its arguments
    created: datetime  # in UTC
    state: str  # the engine's word: "created", "running", "paused", "restarting", "exited"...
    status: str  # as docker ps shows it, "Up 3 minutes (healthy)" for example
    health: Health | None  # None without a health check; in a list, also while it does not run
    labels: dict[str, str] = field(hash=False)
    ports: tuple[ContainerPort, ...]
    mounts: tuple[ContainerMount, ...]
    networks: dict[str, ContainerNetwork] = field(hash=False)
    network_mode: str
    size: int | None  # bytes that it has written; None unless asked for
    total_size: int | None  # with its image's
    raw: dict[str, Any] = field(repr=False, compare=False)  # the engine's own document
    node: str = field(default="", kw_only=True)  # of a fleet, the name of the node that has it
