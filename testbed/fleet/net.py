"""A network for a fleet: its hosts, and this machine as one more host in it.

Its bridge is in a namespace of its own, the switch: in this machine's, docker's firewall drops
what hosts send to each other. A host that is cut off stays as it is; the switch no longer
forwards for it, so that nobody gets an answer, a refusal or an end of a connection.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from .. import net
from ..paths import run_id
from ..process import run


class Network:
    def __init__(self, fleet: str, number: int) -> None:
        self._switch = net.netns(fleet)
        self._machine = f"mf{run_id()}{number}"  # this machine's interface

    def ensure(self) -> None:
        """Make the switch, and connect this machine to it."""
        _make_namespace(self._switch)
        if not self._has("bridge"):
            run(["ip", "-n", self._switch, "link", "add", "bridge", "type", "bridge"])
            run(["ip", "-n", self._switch, "link", "set", "bridge", "up"])
        if not Path(f"/sys/class/net/{self._machine}").exists():
            run(["ip", "link", "add", self._machine, "type", "veth", "peer", "name", "machine", "netns", self._switch])
            self._plug("machine")
        if net.address_of(self._machine) is None:
            run(["ip", "addr", "add", f"{net.free_address('198.19')}/24", "dev", self._machine])
            run(["ip", "link", "set", self._machine, "up"])

    def remove(self) -> None:
        if Path(f"/sys/class/net/{self._machine}").exists():
            run(["ip", "link", "del", self._machine])
        _remove_namespace(self._switch)

    def address(self, number: int) -> str:
        """Return the address of a host (number 2 to 254)."""
        return f"{self._gateway().rpartition('.')[0]}.{number}"

    def add_host(self, name: str, number: int) -> Path:
        """Make a host's namespace and connect it, if it is missing; return its path."""
        space, port = net.netns(name), f"port{number}"
        path = _make_namespace(space)
        if not self._has(port):
            run(["ip", "-n", self._switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space])
            run(["ip", "-n", space, "addr", "add", f"{self.address(number)}/24", "dev", "eth0"])
            run(["ip", "-n", space, "link", "set", "eth0", "up"])
            # The testbed's registries listen on this machine.
            run(["ip", "-n", space, "route", "add", f"{net.host_address()}/32", "via", self._gateway()])
            self.mend(number)
        return path

    def remove_host(self, name: str, number: int) -> None:
        if self._has(f"port{number}"):
            run(["ip", "-n", self._switch, "link", "del", f"port{number}"])
        _remove_namespace(net.netns(name))

    def cut(self, number: int) -> None:
        """Forward nothing from and to a host any more."""
        if self._has(f"port{number}"):
            run(["ip", "-n", self._switch, "link", "set", f"port{number}", "nomaster"])

    def mend(self, number: int) -> None:
        self._plug(f"port{number}")

    def _plug(self, port: str) -> None:
        run(["ip", "-n", self._switch, "link", "set", port, "master", "bridge", "up"])

    def _gateway(self) -> str:
        return net.address_of(self._machine) or ""

    def _has(self, link: str) -> bool:
        if not (net.NETNS / self._switch).exists():
            return False
        links = json.loads(run(["ip", "-n", self._switch, "-j", "link", "show"]) or "[]")
        return any(found.get("ifname") == link for found in links)


def _make_namespace(name: str) -> Path:
    path = net.NETNS / name
    if not os.path.ismount(path):
        path.unlink(missing_ok=True)
        run(["ip", "netns", "add", name])
        run(["ip", "-n", name, "link", "set", "lo", "up"])
    return path


def _remove_namespace(name: str) -> None:
    if (net.NETNS / name).exists():
        run(["ip", "netns", "del", name])
