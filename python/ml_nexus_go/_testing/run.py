"""A run of pytest: how what it makes is labelled, written down, swept up."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .._connect import connect
from .._docker_client import DockerClient
from .._errors import Conflict, DockerError, NotFound
from .._session import owner

T = TypeVar("T")

LABEL_RUN = "ml-nexus-go.pytest"
LABEL_KEEP = "ml-nexus-go.pytest-keep"
FOLDER = "/tmp/ml_nexus_go-pytest-"


@dataclass
class Run:
    """``name`` says whose run it is: host, process and its start, a random word."""

    name: str
    keep: bool
    made: list[str] = field(default_factory=list)

    def labels(self) -> list[str]:
        """Options of ``docker run``."""
        kept = ["--label", f"{LABEL_KEEP}=1"] if self.keep else []
        return ["--label", f"{LABEL_RUN}={self.name}", *kept]

    @property
    def word(self) -> str:
        """The random word."""
        return self.name.rpartition("/")[2]

    def note(self, kind: str, name: str, target: str, options: dict[str, Any]) -> None:
        """Write down what is about to be made, so that it is found when this process is killed."""
        self.made.append(f"kept: {kind} {name} on {target}")
        if self.keep:
            return
        line = json.dumps({"kind": kind, "name": name, "target": target, "options": _plain(options)})
        with open(_journal(self.name, make=True), "a", encoding="utf-8") as journal:
            journal.write(f"{line}\n")

    def kept(self) -> list[str]:
        """What was left for a look at it."""
        return self.made if self.keep else []


def this_run(name: str | None, keep: bool) -> Run:
    """Return this process's run; ``name`` is that of a worker's controller."""
    me = owner()
    return Run(name or f"{me['host']}/{me['pid']}/{me['start']:.3f}/{uuid.uuid4().hex[:8]}", keep)


def run_async(function: Callable[..., Awaitable[T]], *args: Any) -> T:
    """Await a coroutine function from a fixture's plain code, whatever loop runs around it."""
    done: list[T] = []
    failed: list[BaseException] = []

    async def call() -> T:
        return await function(*args)

    def run() -> None:
        try:
            done.append(asyncio.run(call()))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="ml_nexus_go-pytest")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """Options of connect() that a later run needs; no secret."""
    return {"ssh_config": os.fspath(options["ssh_config"])} if options.get("ssh_config") else {}


def _folder(make: bool = False) -> Path:
    """Where runs write down what they make; nobody else may write there."""
    folder = Path(tempfile.gettempdir(), f"ml_nexus_go-pytest-{os.getuid()}")
    if not make and not folder.exists():
        return folder
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise RuntimeError(f"{folder} is not yours: remove it")
    return folder


def _journal(name: str, make: bool = False) -> Path:
    return _folder(make) / f"{name.replace('/', '+')}.jsonl"


def lives(name: str) -> bool:
    """Whether the process of a run may still live: of one on another machine nothing is known."""
    host, _, rest = name.partition("/")
    pid, _, rest = rest.partition("/")
    start = rest.partition("/")[0]
    me = owner()
    if host != me["host"] or not pid.isdigit():
        return True
    if int(pid) == me["pid"]:
        return True
    with suppress(OSError, ValueError, IndexError, StopIteration):
        return abs(_started(int(pid)) - float(start)) < 1
    return False


def _started(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        ticks = int(stat.read().rpartition(")")[2].split()[19])
    with open("/proc/stat", encoding="ascii") as lines:
        boot = next(int(line.split()[1]) for line in lines if line.startswith("btime "))
    return boot + ticks / os.sysconf("SC_CLK_TCK")


def _entries(journal: Path) -> Iterator[dict[str, Any]]:
    with suppress(OSError):
        for line in journal.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                yield json.loads(line)


async def remove(client: DockerClient, kind: str, name: str) -> None:
    """Remove one thing; what is gone already is fine."""
    with suppress(NotFound, Conflict):
        if kind == "container":
            await client.remove_container(name, force=True, volumes=True)
        elif kind == "image":
            await client.remove_image(name, force=True)
        elif kind == "folder" and name.startswith(FOLDER):
            await client.delete_on_host(name)


def sweep(run: Run) -> None:
    """Remove all that a run wrote down, on every target."""
    journal = _journal(run.name)
    if not journal.exists():
        return
    entries = list(_entries(journal))
    with suppress(DockerError):
        run_async(_remove_all, entries)
        journal.unlink()


async def _remove_all(entries: list[dict[str, Any]]) -> None:
    places = {(entry["target"], json.dumps(entry["options"])) for entry in entries}
    for target, options in places:
        async with connect(target, **json.loads(options)) as client:
            for entry in entries:
                if entry["target"] == target:
                    await remove(client, entry["kind"], entry["name"])


async def reap(client: DockerClient, target: str) -> None:
    """Remove what runs left on a target whose process was killed."""
    for journal in list(_folder().glob("*.jsonl")):
        if lives(journal.stem.replace("+", "/")):
            continue
        entries = list(_entries(journal))
        for entry in entries:
            if entry["target"] == target:
                await remove(client, entry["kind"], entry["name"])
        if all(entry["target"] == target for entry in entries):
            journal.unlink(missing_ok=True)
    for name, row in (await client.list_containers()).items():
        labels = dict(pair.partition("=")[::2] for pair in str(row.get("Labels", "")).split(","))
        run = labels.get(LABEL_RUN)
        if run and LABEL_KEEP not in labels and not lives(run):
            await remove(client, "container", name)
