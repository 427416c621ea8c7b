"""Ports as docker ps shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def displayed(ports: Iterable[Mapping[str, Any]]) -> str:
    """Return ports of an engine's document; those that follow each other are one range."""
    groups: dict[tuple[str, str], list[int]] = {}
    shown: list[str] = []
    mapped: list[str] = []
    for port in sorted(ports, key=_order):
        inside, kind, ip = port["PrivatePort"], port.get("Type", ""), port.get("IP", "")
        if ip and port.get("PublicPort") != inside:
            mapped.append(f"{_host(ip)}:{port.get('PublicPort', 0)}->{inside}/{kind}")
            continue
        group = groups.get((ip, kind))
        if group is not None and inside == group[1] + 1:
            group[1] = inside
            continue
        if group is not None:
            shown.append(_range(ip, kind, *group))
        groups[ip, kind] = [inside, inside]
    shown += [_range(ip, kind, *group) for (ip, kind), group in groups.items()]
    return ", ".join([*shown, *mapped])


def _order(port: Mapping[str, Any]) -> tuple[Any, ...]:
    return port["PrivatePort"], port.get("IP", ""), port.get("PublicPort", 0), port.get("Type", "")


def _host(ip: str) -> str:
    return f"[{ip}]" if ":" in ip else ip


def _range(ip: str, kind: str, first: int, last: int) -> str:
    ports = f"{first}" if first == last else f"{first}-{last}"
    return f"{_host(ip)}:{ports}->{ports}/{kind}" if ip else f"{ports}/{kind}"
