"""A bridge of the testbed's own, and a network namespace for each engine on it.

Two engines in one namespace break each other's bridge. The namespaces reach the host's
address on the testbed's bridge (registries listen there) and nothing else.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .errors import TestbedError
from .paths import run_id
from .process import run

NETNS = Path("/run/netns")


def _bridge() -> str:
    return f"mlng-{run_id()}"


def netns(part: str) -> str:
    return f"mlng-{run_id()}-{part}"


def _links() -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = json.loads(run(["ip", "-j", "-4", "addr", "show"]) or "[]")
    return [link for link in out if link]


def address_of(interface: str) -> str | None:
    """Return an interface's address, or None where it is missing or has none."""
    for link in _links():
        if link.get("ifname") == interface:
            for info in link.get("addr_info", []):
                return str(info["local"])
    return None


def free_address(network: str) -> str:
    """Return the first address of a /24 that this machine does not use, inside a /16 ("198.18")."""
    taken = {info["local"] for link in _links() for info in link.get("addr_info", [])}
    start = int(run_id(), 16) % 250
    for i in range(250):
        address = f"{network}.{(start + i) % 250 + 1}.1"
        if address not in taken:
            return address
    raise TestbedError(f"no free network in {network}.0.0/16")


def host_address() -> str:
    """Return the host's address on the testbed's bridge, which is made if it is missing.

    198.18.0.0/15 is reserved for tests of network devices, so no real network uses it.
    """
    address = address_of(_bridge())
    if address:
        return address
    address = free_address("198.18")
    if not Path(f"/sys/class/net/{_bridge()}").exists():
        run(["ip", "link", "add", _bridge(), "type", "bridge"])
    run(["ip", "addr", "add", f"{address}/24", "dev", _bridge()])
    run(["ip", "link", "set", _bridge(), "up"])
    return address


def make_netns(part: str, number: int) -> Path:
    """Make a namespace with loopback and one interface on the testbed's bridge; number is its host part (2..254)."""
    name = netns(part)
    path = NETNS / name
    prefix = host_address().rpartition(".")[0]
    inside = ["ip", "-n", name]
    outer, inner = f"mv{run_id()}{number}", "mlng0"
    if not os.path.ismount(path):
        path.unlink(missing_ok=True)
        run(["ip", "netns", "add", name])
        run([*inside, "link", "set", "lo", "up"])
    if not Path(f"/sys/class/net/{outer}").exists():
        run(["ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", name])
        run([*inside, "addr", "add", f"{prefix}.{number}/24", "dev", inner])
        run([*inside, "link", "set", inner, "up"])
    run(["ip", "link", "set", outer, "master", _bridge(), "up"])
    return path


def address_inside(part: str) -> str:
    """Return the address of a part's namespace on the testbed's bridge."""
    links = json.loads(run(["ip", "-n", netns(part), "-j", "-4", "addr", "show", "dev", "mlng0"]))
    return str(links[0]["addr_info"][0]["local"])


def remove_netns(part: str, number: int) -> None:
    outer = f"mv{run_id()}{number}"
    if Path(f"/sys/class/net/{outer}").exists():
        run(["ip", "link", "del", outer])
    if (NETNS / netns(part)).exists():
        run(["ip", "netns", "del", netns(part)])


def remove_bridge() -> None:
    """Remove the bridge once nothing needs it any more."""
    if Path(f"/sys/class/net/{_bridge()}").exists():
        run(["ip", "link", "del", _bridge()])
