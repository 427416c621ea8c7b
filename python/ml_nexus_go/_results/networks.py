"""What operations on networks return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .documents import engine_time, public
from .tables import Shown


@public
@dataclass(frozen=True)
class Subnet:
    """A range of a network's addresses, in CIDR notation (``"10.20.0.0/16"``).

    Containers get addresses of ``ip_range`` (None: all of the subnet); the engine chooses
    the ``gateway`` where it is None. No container gets the addresses in ``reserved``, whose
    keys say what uses them.
    """

    subnet: str
    gateway: str | None = None
    ip_range: str | None = None
    reserved: Mapping[str, str] = field(default_factory=dict)

    def _cell(self) -> str:
        return self.subnet


@public
@dataclass(frozen=True)
class NetworkContainer:
    """A running container in a network. Addresses are in CIDR notation; None where it has none."""

    id: str
    name: str
    ip: str | None
    ip6: str | None
    mac: str | None


@public
@dataclass(frozen=True)
class Network(Shown):
    """A network, as the engine describes it.

    ``containers`` are those that run; None in lists, where the engine does not say it.
    ``raw`` is the engine's own document.
    """

    _columns = ("name", "driver", "scope", "subnets", "created")

    id: str
    name: str
    driver: str
    created: datetime | None
    scope: str
    internal: bool
    attachable: bool
    ipv6: bool
    labels: dict[str, str]
    options: dict[str, str]
    subnets: tuple[Subnet, ...]
    containers: tuple[NetworkContainer, ...] | None
    raw: dict[str, Any] = field(repr=False)


def network_of(raw: dict[str, Any], *, listed: bool = False) -> Network:
    """Return the view of an engine's document, which may be one of a list."""
    containers = () if listed else tuple(_container_of(*item) for item in (raw.get("Containers") or {}).items())
    return Network(
        id=raw["Id"],
        name=raw["Name"],
        driver=raw["Driver"],
        created=engine_time(raw.get("Created")),
        scope=raw.get("Scope") or "",
        internal=bool(raw.get("Internal")),
        attachable=bool(raw.get("Attachable")),
        ipv6=bool(raw.get("EnableIPv6")),
        labels=dict(raw.get("Labels") or {}),
        options=dict(raw.get("Options") or {}),
        subnets=tuple(_subnet_of(one) for one in (raw.get("IPAM") or {}).get("Config") or ()),
        containers=None if listed else containers,
        raw=raw,
    )


def _subnet_of(raw: dict[str, Any]) -> Subnet:
    reserved = dict(raw.get("AuxiliaryAddresses") or {})
    return Subnet(raw.get("Subnet") or "", raw.get("Gateway") or None, raw.get("IPRange") or None, reserved)


def _container_of(container: str, raw: dict[str, Any]) -> NetworkContainer:
    addresses = (raw.get(key) or None for key in ("IPv4Address", "IPv6Address", "MacAddress"))
    return NetworkContainer(container, raw.get("Name") or "", *addresses)
