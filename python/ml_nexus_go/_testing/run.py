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
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from .._calls.processes import process_gone, process_name
from .._clients.connect import connect
from .._clients.docker_client import DockerClient
from .._errors import Conflict, DockerError, NotFound

T = TypeVar("T")

LABEL_RUN = "ml-nexus-go.pytest"
LABEL_KEEP = "ml-nexus-go.pytest-keep"
FOLDER = "/tmp/ml_nexus_go-pytest-"


@dataclass
class Run:
    """A run of pytest: ``word`` is random, and the same for all its workers."""

    word: str
    keep: bool
    made: list[str] = field(default_factory=list)

    def labels(self) -> list[str]:
        """Options of ``docker run``. Nobody may remove what is to be kept."""
        return ["--label", f"{LABEL_KEEP if self.keep else LABEL_RUN}={self.word}"]

    @cached_property
    def journal(self) -> Path:
        """Where this process records what it makes."""
        process = run_async(process_name)
        return _folder(make=True) / f"{process.replace('/', '+')}+{self.word}.jsonl"

    def note(self, kind: str, name: str, target: str, options: dict[str, Any]) -> None:
        """Record what is about to be made, so that it is found if this process is killed."""
        self.made.append(f"kept: {kind} {name} on {target}")
        if self.keep:
            return
        line = json.dumps({"kind": kind, "name": name, "target": target, "options": _plain(options)})
        with open(self.journal, "a", encoding="utf-8") as journal:
            journal.write(f"{line}\n")

    def kept(self) -> list[str]:
        """What was kept for inspection."""
        return self.made if self.keep else []


def this_run(word: str | None, keep: bool) -> Run:
    """Return this process's run; ``word`` is that of a worker's controller."""
    return Run(word or uuid.uuid4().hex[:8], keep)


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
    """Return the options of connect() that a later run needs; no secret."""
    return {"ssh_config": os.fspath(options["ssh_config"])} if options.get("ssh_config") else {}


def _folder(make: bool = False) -> Path:
    """Return where runs record what they make; nobody else may write there."""
    folder = Path(tempfile.gettempdir(), f"ml_nexus_go-pytest-{os.getuid()}")
    if not make and not folder.exists():
        return folder
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise RuntimeError(f"{folder} does not belong to you: remove it")
    return folder


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
    """Remove everything that a run and its workers recorded, on every target."""
    for journal in list(_folder().glob(f"*+{run.word}.jsonl")):
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
    """Remove from a target what runs left whose process is proven to have ended."""
    for journal in list(_folder().glob("*.jsonl")):
        process = journal.stem.rpartition("+")[0].replace("+", "/")
        if not await process_gone(process):
            continue
        entries = list(_entries(journal))
        for entry in entries:
            if entry["target"] == target:
                await remove(client, entry["kind"], entry["name"])
        if all(entry["target"] == target for entry in entries):
            journal.unlink(missing_ok=True)
    for orphan in await client._list_marked_orphans(LABEL_RUN):
        await remove(client, "container", orphan.container_id)
