"""The testbed's fleets: three nodes, which a test may have for itself, and then end or cut off."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ml_nexus_go import RemoteDockerClient, connect
from testbed.log import tail

from .bed import Entry, part
from .program import ROOT

LIMIT = 300.0  # seconds for what the testbed does


class Fleet:
    """One fleet, and what docker's own command says about it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes: list[Entry] = part(name)["nodes"]

    def connect(self, *managers: str, **keywords: Any) -> RemoteDockerClient:
        """Make a client by these managers, or by the first node, over SSH."""
        names = managers or (str(self.nodes[0]["name"]),)
        client = connect(f"swarm://{','.join(names)}", ssh_config=self.nodes[0]["ssh"]["ssh_config"], **keywords)
        assert isinstance(client, RemoteDockerClient)
        return client

    def node(self, name: str) -> Entry:
        """Return a node by its name."""
        return next(node for node in self.nodes if node["name"] == name)

    def docker(self, node: Entry | None, *words: str, check: bool = True) -> str:
        """Run docker's command on a node, or on the first one."""
        argv = [part("docker-cli")["path"], "--host", (node or self.nodes[0])["host"], *words]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=LIMIT)
        if check and done.returncode:
            raise AssertionError(f"docker {words}: {done.returncode}: {done.stderr}")
        return done.stdout

    def control(self, action: str, node: Entry) -> None:
        """Kill, stop, start, restart, cut or mend a node, or switch it off."""
        argv = [sys.executable, "-m", "testbed", action, str(node["name"])]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LIMIT)
        if done.returncode:
            raise AssertionError(f"testbed {action} {node['name']}: {done.stderr}")

    async def do(self, action: str, node: Entry) -> None:
        """Like control, without blocking the event loop."""
        await asyncio.to_thread(self.control, action, node)

    def restore(self) -> None:
        """Start what does not run, and wait until all nodes are ready and get runs."""
        for node in self.nodes:
            self.control("start", node)
        end = time.monotonic() + LIMIT
        for node in self.nodes:
            while (state := self._state(node)) != ("ready", "active"):
                if time.monotonic() > end:
                    logs = "\n".join(f"{one['name']}: {tail(Path(one['log']))}" for one in self.nodes)
                    raise AssertionError(f"{node['name']} is not as it was after {LIMIT:g} s, but {state}\n{logs}")
                time.sleep(0.2)

    def _state(self, node: Entry) -> tuple[Any, Any]:
        self.docker(None, "node", "update", "--availability", "active", node["node_id"], check=False)
        said = self.docker(None, "node", "inspect", node["node_id"], check=False)
        state: dict[str, Any] = (json.loads(said or "[]") or [{}])[0]
        return state.get("Status", {}).get("State"), state.get("Spec", {}).get("Availability")


@contextmanager
def together(name: str) -> Iterator[Fleet]:
    """A fleet, whose nodes stay as they are: other tests use it, too."""
    with _locked(name, fcntl.LOCK_SH):
        yield Fleet(name)


@contextmanager
def alone(name: str) -> Iterator[Fleet]:
    """A fleet, for a test that disturbs its nodes. It is restored at the end."""
    with _locked(name, fcntl.LOCK_EX):
        fleet = Fleet(name)
        try:
            yield fleet
        finally:
            fleet.restore()


@contextmanager
def _locked(name: str, how: int) -> Iterator[None]:
    folder = Path(os.environ["MLNG_TESTBED"]).parent
    # The lock of Go's tests, too: testbed/bed/control.go.
    with (folder / f"{name}.alone").open("a") as file, (folder / f"{name}.turn").open("a") as turn:
        # In turn: whoever waits to have it alone would wait for ever while others come and go.
        fcntl.flock(turn, fcntl.LOCK_EX)
        fcntl.flock(file, how)
        fcntl.flock(turn, fcntl.LOCK_UN)
        yield
