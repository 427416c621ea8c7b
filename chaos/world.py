"""What operations and faults share: a client whose connection can be harmed, and the truth."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ml_nexus_go import DockerClient, DockerError, connect
from tests.support.bed import Engine
from tests.support.names import remove_container
from tests.support.proxy import Proxy

from .allowed import Group, Promise, allows
from .history import History

IMAGE = "mlng-busybox"
ECHO = 7777  # the port of the box that sends back what it gets
LABEL = "mlng.chaos"

_UNREACHABLE = re.compile("Cannot connect to the Docker daemon|error during connect|connection reset|EOF")

# How long a client waits for a connection that was lost: longer than every fault.
RECONNECT = 120.0
# What the client may say when it was not: to mend a fault takes long on a busy machine.
GIVEN_UP = ("ConnectionLost", "EngineUnreachable", "OperationTimeout")


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
    groups: dict[str, Group] = field(default_factory=dict)  # of the faults of this run
    killed: set[str] = field(default_factory=set)  # the containers that a fault has killed
    late: dict[str, bytes] = field(default_factory=dict)  # files that may appear after their calls: path, content
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    def make(cls, engine: Engine, seed: int) -> World:
        """Make the folder, the proxy and the client."""
        folder = Path(tempfile.mkdtemp(prefix="mlng-chaos-", dir="/var/tmp"))
        folder.chmod(0o777)
        upstream = engine.entry["tcp"]["host"].removeprefix("tcp://") if engine.connection == "tls" else ""
        proxy = None if engine.connection == "local" else Proxy(folder, upstream=upstream)
        world = cls(engine, proxy, seed, folder)
        world.client = world.connect()
        return world

    def connect(self) -> DockerClient:
        """Return a client whose connection suffers the faults."""
        target, keywords = self.way()
        return connect(target, reconnect_timeout=RECONNECT, **keywords)

    def way(self) -> tuple[str, dict[str, Any]]:
        """Return the target and the keywords of connect() that lead through the proxy."""
        if self.engine.connection == "tls":
            assert self.proxy is not None
            return f"tcp://127.0.0.1:{self.proxy.port}", {"environ": {**os.environ, **self.engine.tls_environ}}
        return self.engine.target, {} if self.proxy is None else {"ssh_config": str(self.proxy.config)}

    def next(self, names: Sequence[str]) -> tuple[str, str, random.Random]:
        """Return the next operation, a name for all it makes, and its random numbers: the same for the same seed."""
        number = next(self._numbers)
        chance = random.Random(f"{self.seed}/{number}")
        operation = chance.choice(names)
        return operation, f"chaos-{self.seed}-{number}-{operation}", chance

    def options(self, token: str, *more: str) -> list[str]:
        """Return docker's options for a run: its name, a label, and the shared folder as /shared."""
        return ["--name", token, "--label", f"{LABEL}={self.seed}", "-v", f"{self.folder}:/shared", *more]

    def excuse(self, token: str, error: DockerError, promise: Promise) -> None:
        """Note an error that is allowed after the faults that this operation may have felt; raise any other."""
        groups = self.felt(token)
        too_long = self.history.longest_fault_seen_by(token) > RECONNECT / 2  # on a machine that is busy
        if not allows(groups, promise, error) and not (too_long and error.kind in GIVEN_UP):
            raise Wrong(f"{type(error).__name__} is not allowed here: {error}") from error
        self.history.lost[f"{error.op} {error.kind}"] += 1

    def felt(self, token: str) -> set[Group]:
        """Return the groups of the faults that an operation may have felt."""
        return {self.groups[name] for name in self.history.faults_seen_by(token) if name in self.groups}

    def restarted(self, token: str) -> bool:
        """Return whether the engine was restarted: logs that were written meanwhile may be incomplete."""
        return bool(self.felt(token) & {Group.RESTART, Group.STOP, Group.CONTAINERD})

    def was_full(self, token: str) -> bool:
        """Return whether the engine's disk was full: what was to be written to it, as logs are, has holes then."""
        return Group.DISK in self.felt(token)

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

    async def must(self, *words: str) -> str:
        """Run docker's own command until it succeeds, also while a fault keeps the engine from it."""
        end = asyncio.get_running_loop().time() + RECONNECT
        while (done := await self.docker(*words)).returncode:
            if "No such" in done.stderr and words[0] in ("rm", "rmi"):
                break
            if "is already in use by container" in done.stderr:  # by an attempt whose answer was lost
                await self.docker("rm", "-f", "-v", words[words.index("--name") + 1])
            check(asyncio.get_running_loop().time() < end, f"docker {words}: {done.stderr}")
            await asyncio.sleep(0.5)
        return done.stdout

    async def until(self, question: Callable[[], object], what: str, seconds: float = 120.0) -> None:
        """Wait until the answer is true."""
        end = asyncio.get_running_loop().time() + seconds
        while not question():
            check(asyncio.get_running_loop().time() < end, f"{what} did not come within {seconds:g} s")
            await asyncio.sleep(0.05)

    @staticmethod
    def sha256(data: bytes) -> str:
        """Return the digest in hexadecimal digits."""
        return hashlib.sha256(data).hexdigest()

    async def exists(self, container: str) -> bool:
        """Return whether the engine has a container of this name."""
        return (await self.docker("container", "inspect", container)).returncode == 0

    def start_box(self) -> None:
        """Start the container that execs and copies use, avoiding the faults."""
        self.box = f"chaos-{self.seed}-box"
        script = f"nc -ll -p {ECHO} -e cat & exec sleep 86400"
        words = ["run", "-d", "--init", *self.options(self.box), IMAGE, "sh", "-c", script]
        self.box_id = self.engine.docker(*words).stdout.strip()

    async def start_box_again(self) -> None:
        """Start the box after an engine that ended its containers."""
        await self.must("start", self.box)

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
