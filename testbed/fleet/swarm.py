"""The part: three hosts in one swarm. The first is its manager."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .. import apt, binaries, images, process, sshd, sshkeys, sshusers, tls
from ..errors import TestbedError
from ..httpunix import get
from ..part import Part
from ..paths import repo_root
from ..state import Entry
from .net import Network
from .node import Node

SIZE = 3


class Fleet(Part):
    requires = ("docker-cli",)

    def __init__(self, name: str, number: int, programs: Callable[[], binaries.Engine], *, new: bool) -> None:
        super().__init__(name)
        self._programs = programs
        self._network = Network(name, number)
        hosts = range(1, SIZE + 1)
        self.nodes = {f"{name}-{i}": Node(f"{name}-{i}", 10 + i, self._network, programs, new=new) for i in hosts}

    def up(self, parts: dict[str, Entry]) -> Entry:
        self._prepare(parts)
        with ThreadPoolExecutor(SIZE) as at_once:
            nodes = list(at_once.map(lambda node: node.up(parts), self.nodes.values()))
            _join(Path(parts["docker-cli"]["path"]), nodes, at_once)
        entry: Entry = {"kind": "fleet", "nodes": nodes, "version": nodes[0]["version"], "api": nodes[0]["api"],
                        "docker": parts["docker-cli"]["path"], "root": str(repo_root())}  # fmt: skip
        sshkeys.write_client_files({**parts, self.name: entry})
        return entry

    def _prepare(self, parts: dict[str, Entry]) -> None:
        """Make what all nodes share, before they start side by side."""
        apt.need("openssh-server", "openssh-client", "rsync", "iproute2", *sshusers.PACKAGES)
        self._programs()
        self.make_folder()
        sshkeys.ensure()
        sshd.install_docker(Path(parts["docker-cli"]["path"]))
        tls.ensure()
        images.prepare()
        self._network.ensure()

    def healthy(self, entry: Entry) -> bool:
        nodes = zip(self.nodes.values(), entry["nodes"], strict=True)
        return all(node.healthy(below) for node, below in nodes) and _ready(entry["nodes"]) == SIZE

    def refresh(self) -> None:
        for node in self.nodes.values():
            node.refresh()

    def down(self) -> None:
        for node in self.nodes.values():
            node.down()
        self._network.remove()
        super().down()


def _join(docker: Path, nodes: list[Entry], at_once: ThreadPoolExecutor) -> None:
    first, *others = nodes
    words = [str(docker), "--host", first["host"], "swarm"]
    process.run([*words, "init", "--advertise-addr", first["address"]])
    token = process.run([*words, "join-token", "--quiet", "worker"]).strip()

    def join(node: Entry) -> None:
        process.run([str(docker), "--host", node["host"], "swarm", "join", "--advertise-addr", node["address"],
                     "--token", token, f"{first['address']}:2377"])  # fmt: skip

    list(at_once.map(join, others))
    if not process.wait_until(lambda: _ready(nodes) == SIZE, 60):
        raise TestbedError(f"{first['name']}: {_ready(nodes)} of {SIZE} nodes are ready")
    for node in nodes:
        node["node_id"] = get(node["socket"], "/info")["Swarm"]["NodeID"]


def _ready(nodes: list[Entry]) -> int:
    """Return how many nodes a manager calls ready, with the resources that they have."""
    try:
        known = get(nodes[0]["socket"], "/nodes")
    except TestbedError:
        return 0
    return sum(n["Status"]["State"] == "ready" and "GenericResources" in n["Description"]["Resources"] for n in known)
