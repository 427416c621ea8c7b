"""What the fixtures do on one target."""

from __future__ import annotations

import asyncio
import hashlib
import os
import uuid
from collections.abc import Awaitable
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from .._arguments.checks import Command, Options, option_words
from .._clients.connect import connect
from .._clients.docker_client import DockerClient
from .containers import Check, TestContainer, ready
from .run import FOLDER, Run, reap, remove, run_async


class ContainerFactory(Protocol):
    """What the fixture docker_container is."""

    def __call__(
        self,
        image: str,
        command: Command | None = None,
        options: Options = None,
        *,
        wait_port: int | None = None,
        wait_log: Any = None,
        wait_healthy: bool = False,
        wait_for: Check | None = None,
        timeout: float = 60.0,
    ) -> Awaitable[TestContainer]:
        """Start a container and wait until every requested condition holds."""


class ImageFactory(Protocol):
    """What the fixture docker_image is."""

    def __call__(
        self, context_dir: str | os.PathLike[str], options: Options = None, *, dockerfile: str | None = None
    ) -> Awaitable[str]:
        """Build an image, unless this run has one with the same content, and return its tag."""


class Bench:
    """A target, with one connection for all tests of this process."""

    def __init__(self, run: Run, target: str, options: dict[str, Any]) -> None:
        self.run = run
        self.target = target
        self._options = options
        self._version: dict[str, Any] | None = None
        self._images: dict[str, str] = {}
        self.client = self.connect()
        # Also where this run keeps: what others left is not this run's to keep.
        run_async(reap, self.client, target)

    def connect(self) -> DockerClient:
        """Return another client of the target."""
        return connect(self.target, **self._options)

    def close(self) -> None:
        """Close the connection."""
        self.close_client(self.client)

    def close_client(self, client: DockerClient) -> None:
        """Close a client from plain code."""
        run_async(client.aclose)

    def version(self) -> dict[str, Any]:
        """Return what the engine says about its version."""
        if self._version is None:
            self._version = run_async(self.client.version)
        return self._version

    def _name(self, kind: str, name: str) -> str:
        self.run.note(kind, name, self.target, self._options)
        return name

    def container_factory(self, started: list[TestContainer]) -> ContainerFactory:
        """Return a function that starts containers and adds them to a list."""

        async def start(
            image: str,
            command: Command | None = None,
            options: Options = None,
            *,
            wait_port: int | None = None,
            wait_log: Any = None,
            wait_healthy: bool = False,
            wait_for: Check | None = None,
            timeout: float = 60.0,
        ) -> TestContainer:
            name = self._name("container", f"pytest-{self.run.word}-{uuid.uuid4().hex[:8]}")
            words = [*option_words(options), "-d", "--name", name, *self.run.labels()]
            result = await self.client.run_container(image, command, words, timeout=timeout)
            container = TestContainer(self.client, name, result.container_id, image)
            started.append(container)
            await ready(container, port=wait_port, log=wait_log, healthy=wait_healthy, check=wait_for, timeout=timeout)
            return container

        return start

    def remove(self, started: list[TestContainer]) -> None:
        """Remove containers, unless they are to be kept."""

        async def remove_all() -> None:
            for container in started:
                await remove(self.client, "container", container.name)

        if started and not self.run.keep:
            run_async(remove_all)
        started.clear()

    def image_factory(self) -> ImageFactory:
        """Return a function that builds images, once for each content."""

        async def build(
            context_dir: str | os.PathLike[str], options: Options = None, *, dockerfile: str | None = None
        ) -> str:
            words = option_words(options)
            content = await asyncio.to_thread(_digest, Path(context_dir), [dockerfile or "", *words])
            if content not in self._images:
                tag = self._name("image", f"ml-nexus-go-pytest:{self.run.word}-{content[:16]}")
                keywords = {} if dockerfile is None else {"dockerfile": dockerfile}
                await self.client.build_image(context_dir, tag, words, **keywords)  # type: ignore[arg-type]
                self._images[content] = tag
            return self._images[content]

        return build

    def make_folder(self) -> PurePosixPath:
        """Make a folder on the host."""
        path = self._name("folder", f"{FOLDER}{self.run.word}-{uuid.uuid4().hex[:8]}")
        run_async(self.client.mkdir_on_host, path)
        return PurePosixPath(path)

    def remove_folder(self, path: PurePosixPath) -> None:
        """Remove a folder on the host, unless it is to be kept."""
        if not self.run.keep:
            run_async(remove, self.client, "folder", str(path))


def _digest(folder: Path, more: list[str]) -> str:
    """A hash of all names, modes and contents in a folder."""
    digest = hashlib.sha256(repr(more).encode())
    for path in sorted(folder.rglob("*")):
        info = path.lstat()
        digest.update(f"{path.relative_to(folder)}\0{info.st_mode}\0".encode("utf-8", "surrogateescape"))
        if path.is_symlink():
            digest.update(os.fsencode(os.readlink(path)))
        elif path.is_file():
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
