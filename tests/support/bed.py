"""The testbed's engines and the ways to them."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_nexus_go import DockerClient, connect
from testbed import httpunix, load_state
from testbed.lock import locked

Entry = dict[str, Any]

ENGINES = {"old": "engine-old", "new": "engine-new"}
CONNECTIONS = ("local", "ssh")


def part(name: str) -> Entry:
    """A running part of the testbed."""
    parts = load_state()
    if name not in parts:
        raise RuntimeError(f"the testbed's {name} is not up: run python3 -m testbed up {name}")
    entry: Entry = parts[name]
    return entry


@dataclass(frozen=True)
class Engine:
    """An engine, and how the tests reach it: ``local`` (its socket) or ``ssh``."""

    name: str
    connection: str = "local"
    via: str = ""  # another socket that leads to its own

    @property
    def entry(self) -> Entry:
        """What the testbed says about it."""
        return part(self.name)

    @property
    def socket(self) -> str:
        """The path of its unix socket on this machine."""
        return str(self.entry["socket"])

    @property
    def host(self) -> str:
        """Its socket as DOCKER_HOST names it."""
        return f"unix://{self.socket}"

    @property
    def api(self) -> tuple[int, int]:
        """The newest API version it speaks."""
        major, _, minor = str(self.entry["api"]).partition(".")
        return int(major), int(minor)

    @property
    def target(self) -> str:
        """The target of connect() that reaches it."""
        socket = self.via or self.socket
        return f"unix://{socket}" if self.connection == "local" else f"ssh://{part('sshd')['alias']}{socket}"

    @property
    def tls_environ(self) -> dict[str, str]:
        """What connect() needs of the environment to reach its TCP address."""
        return {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(self.entry["tcp"]["cert_path"])}

    def settings(self) -> dict[str, Any]:
        """The keywords of connect() that its connection needs."""
        return {"ssh_config": part("sshd")["ssh_config"]} if self.connection == "ssh" else {}

    def connect(self, **keywords: Any) -> DockerClient:
        """A new client over this connection."""
        return connect(self.target, **(self.settings() | keywords))

    def api_get(self, path: str, **query: str) -> Any:
        """Ask the engine directly, not through the code under test."""
        return httpunix.get(self.socket, f"{path}?{urllib.parse.urlencode(query)}")

    def api_call(self, method: str, path: str, **query: str) -> bytes:
        """Send the engine a request without a body."""
        return httpunix.request(self.socket, method, f"{path}?{urllib.parse.urlencode(query)}")

    def docker(self, *words: str | Path, check: bool = True, **keywords: Any) -> subprocess.CompletedProcess[str]:
        """Run docker's own command on this engine."""
        argv = [part("docker-cli")["path"], "--host", self.host, *map(str, words)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, **keywords)
        if check and done.returncode:
            raise AssertionError(f"docker {words}: {done.returncode}: {done.stderr}")
        return done

    @contextmanager
    def only_reaper(self) -> Iterator[None]:
        """Nobody else makes or reaps orphans on this engine meanwhile: a test would reap those of another one."""
        with locked(Path(os.environ["MLNG_TESTBED"]).parent / f"{self.name}.orphans"):
            yield

    def labelled(self, label: str) -> list[str]:
        """The IDs of all containers with this label."""
        rows = self.api_get("/containers/json", all="1", filters=json.dumps({"label": [label]}))
        return [row["Id"] for row in rows]
