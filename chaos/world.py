"""What operations and faults share: a client whose connection can be harmed, and the truth."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ml_nexus_go import DockerClient, DockerError, connect
from tests.support.bed import Engine
from tests.support.names import remove_container
from tests.support.proxy import Proxy

from .history import History

IMAGE = "mlng-busybox"
LABEL = "mlng.chaos"

_UNREACHABLE = re.compile("Cannot connect to the Docker daemon|error during connect|connection reset|EOF")

# How long a client waits for a connection that was lost: longer than every fault.
RECONNECT = 120.0


class Wrong(AssertionError):
    """Something that must not happen: output lost or doubled, something left behind, or an error of a wrong kind."""


@dataclass
class World:
    """One engine, the client that suffers the faults, and a folder that containers share with the checker."""

    engine: Engine
    proxy: Proxy | None
    seed: int
    folder: Path
    client: DockerClient = field(init=False)
    box: str = ""
    box_id: str = ""
    history: History = field(default_factory=History)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    def make(cls, engine: Engine, seed: int) -> World:
        """Make the folder, the proxy and the client."""
        folder = Path(tempfile.mkdtemp(prefix="mlng-chaos-", dir="/var/tmp"))
        folder.chmod(0o777)
        proxy = Proxy(folder) if engine.connection == "ssh" else None
        world = cls(engine, proxy, seed, folder)
        world.client = world.connect()
        return world

    def connect(self, *, harmed: bool = True) -> DockerClient:
        """Return a client whose connection suffers the faults, or one that does not."""
        if harmed and self.proxy is not None:
            return self.engine.connect(ssh_config=self.proxy.config, reconnect_timeout=RECONNECT)
        return connect(self.engine.host, reconnect_timeout=RECONNECT)

    def next(self, names: Sequence[str]) -> tuple[str, str, random.Random]:
        """Return the next operation, a name for all it makes, and its random numbers: the same for the same seed."""
        number = next(self._numbers)
        chance = random.Random(f"{self.seed}/{number}")
        operation = chance.choice(names)
        return operation, f"chaos-{self.seed}-{number}-{operation}", chance

    def options(self, token: str, *more: str) -> list[str]:
        """Return docker's options for a run: its name, a label, and the shared folder as /shared."""
        return ["--name", token, "--label", f"{LABEL}={self.seed}", "-v", f"{self.folder}:/shared", *more]

    def lost(self, error: DockerError) -> None:
        """Note an error that an operation may have under faults."""
        self.history.lost[error.op] += 1

    @property
    def restarts(self) -> int:
        """How many restarts of the engine have begun: logs written meanwhile may be incomplete."""
        return self.history.begun["engine-restarted"]

    def times_done(self, token: str) -> int:
        """Return how often the side effect of an operation happened: the lines of its file."""
        path = self.folder / f"{token}.done"
        return len(path.read_text().splitlines()) if path.exists() else 0

    async def docker(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run docker's own command, avoiding the connection's faults, once the engine answers."""
        while True:
            done = await asyncio.to_thread(self.engine.docker, *words, check=False)
            if done.returncode == 0 or not _UNREACHABLE.search(done.stderr):
                return done
            await asyncio.sleep(0.1)

    async def exists(self, container: str) -> bool:
        """Return whether the engine has a container of this name."""
        return (await self.docker("container", "inspect", container)).returncode == 0

    def start_box(self) -> None:
        """Start the container that execs and copies use, avoiding the faults."""
        self.box = f"chaos-{self.seed}-box"
        words = ["run", "-d", "--init", *self.options(self.box), IMAGE, "sleep", "86400"]
        self.box_id = self.engine.docker(*words).stdout.strip()

    def remove(self) -> None:
        """Remove what make() and start_box() made."""
        for container in self.engine.labelled(f"{LABEL}={self.seed}"):
            remove_container(self.engine, container)
        if self.proxy is not None:
            self.proxy.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def check(truth: bool, problem: str) -> None:
    """Raise Wrong unless ``truth`` holds."""
    if not truth:
        raise Wrong(problem)


def check_bytes(what: str, got: bytes, wanted: bytes) -> None:
    """Compare what arrived with what was sent, and say where they first differ."""
    if got == wanted:
        return
    at = next((i for i, (a, b) in enumerate(zip(got, wanted, strict=False)) if a != b), min(len(got), len(wanted)))
    digests = [hashlib.sha256(data).hexdigest()[:12] for data in (got, wanted)]
    raise Wrong(
        f"{what}: {len(got)} bytes ({digests[0]}) instead of {len(wanted)} ({digests[1]}); they part at {at}:"
        f" {got[at : at + 60]!r} instead of {wanted[at : at + 60]!r}"
    )


def check_lines(what: str, got: bytes, wanted: bytes) -> None:
    """Check that lines may be missing, but none is made up, doubled or out of order."""
    left = iter(wanted.splitlines())
    for line in got.splitlines():
        check(line in left, f"{what}: {line!r} is doubled, out of order or invented")
