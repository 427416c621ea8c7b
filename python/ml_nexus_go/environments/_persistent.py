"""PersistentDockerEnvFromSchematics: all scripts in one container that keeps running."""

from __future__ import annotations

import os
import posixpath
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._clients.connect import RemoteDockerClient
from .._clients.docker_client import DockerClient
from .._display.live import expecting, naming
from .._errors import CommandFailed, Conflict, ContainerNotFound, ContainerNotRunning, DockerError, InvalidArgument
from .._results.command import CommandResult
from . import _runner
from ._container import NamedContainer
from ._environment import Environment
from ._gpus import Gpus
from ._local_files import parents_of, temporary_file
from ._mounts import at_home
from ._options import given
from ._places import at_node, node_of
from ._schematics import DockerEnvFromSchematics
from ._tasks import Joint, all_of

_SIGNALLED = 128  # an exit code above it is that of a process ended by a signal


@dataclass(eq=False)
class PersistentDockerEnvFromSchematics(Environment):
    """Runs scripts in a named container, which is started if it is not running.

    The fields are those of DockerEnvFromSchematics. ``replace``: a foreign or dead container
    with the name is removed. ``durable``: scripts keep running when the connection to the
    engine is lost, and their output continues where it stopped; None means only on remote engines.
    """

    _new_DockerEnvFromSchematics: Any = None  # noqa: N815
    _a_system: Any = None
    _logger: Any = None
    _env_result_download_path: Any = None
    _a_docker_ps: Any = None
    _ml_nexus_docker_build_context: str | None = None

    project: Any = None
    schematics: Any = None
    docker_host: str | None = None
    container_name: str = ""

    docker_client: DockerClient | None = None
    gpus: Gpus = "auto"
    replace: bool = False
    durable: bool | None = None
    docker_options: Sequence[str] = field(default_factory=list)

    _ml_nexus_default_docker_client: DockerClient | None = None
    _ml_nexus_docker_connect: Callable[[str], DockerClient] | None = None

    def __post_init__(self) -> None:
        self._begin(schematics=self.schematics, container_name=self.container_name or None)
        new: Callable[..., DockerEnvFromSchematics] = self._new_DockerEnvFromSchematics or DockerEnvFromSchematics
        self.container: DockerEnvFromSchematics = new(
            project=self.project,
            schematics=self.schematics,
            docker_client=self.docker_client,
            docker_options=["--name", self.container_name, *self.docker_options],
            gpus=self.gpus,
        )
        self._ensure = Joint(self._ensure_once)
        self._update = Joint(self._update_once)
        self._named: NamedContainer | None = None
        self._at = ("", "")  # the container, and its node of a fleet

    def _container(self) -> NamedContainer:
        if self._named is None:
            image = str(self.container.environment([]).image_tag)
            self._named = NamedContainer(self.client, self.container_name, image, self.replace)
        return self._named

    async def a_is_container_ready(self) -> bool:
        """Return whether the container runs."""
        return await self.client.container_is_running(self.container_name)

    async def a_wait_container_ready(self) -> None:
        """Wait until somebody has started the container."""
        await self.client.wait_until_running(self.container_name)

    async def ensure_container(self) -> None:
        """Start the container if it is not running, and bring the mounts up to date.

        Concurrent callers share the work, so that one container is started. Raises
        Conflict for a name that something else uses, unless ``replace``; what
        DockerHostEnvironment.prepare raises.
        """
        await self._ensure()

    async def _ensure_once(self) -> None:
        container = self._container()
        if self.client._is_fleet:
            if await container.is_ready() or not await container.start(self._start_at_place):
                async with self._there() as there:
                    await there.prepare_mounts()
            return
        ready, mounts = await all_of((container.is_ready, self.container.prepare_mounts))
        if ready:
            return
        environment = self.container.environment(mounts)  # type: ignore[arg-type]

        async def start() -> str:
            return await environment.start_detached(_runner.SLEEP, container.options())

        await container.start(start)

    async def _start_at_place(self) -> str:
        """Start the container where a fleet has room. Its name is the fleet's from the beginning."""
        async with self.container.placed() as here:
            environment = here.environment(await here.prepare_mounts())
            started = await environment.start_detached(_runner.SLEEP, self._container().options())
            self._at = (started, node_of(here.client))
            return started

    @asynccontextmanager
    async def _there(self) -> AsyncIterator[DockerEnvFromSchematics]:
        """Yield what mounts, on the node that has, or had, the container."""
        if not self.client._is_fleet:
            yield self.container
            return
        known = self._container().known
        if known and known != self._at[0]:
            rows = await self.client.containers(all=True, filters={"id": known})
            self._at = (known, rows[0].node if rows else "")
        if not self._at[1]:
            raise ContainerNotFound(f"no node has the container {self.container_name}")
        async with at_node(self.client, self._at[1]) as client:
            yield self.container._with(client)

    async def _update_once(self) -> None:
        async with self._there() as there:
            await there.update_mounts()

    @asynccontextmanager
    async def placed(self, **_: Any) -> AsyncIterator[PersistentDockerEnvFromSchematics]:
        """Yield this environment: its container is its place for as long as it runs."""
        yield self

    async def start(self) -> None:
        """Start the container: ensure_container."""
        await self.ensure_container()

    async def stop(self) -> None:
        """Stop and remove the container; a later script starts another one.

        Raises Conflict for a container with that name that does not belong to this
        environment, unless ``replace``.
        """
        await self._container().stop()

    async def run_script(self, script: str, **keywords: Any) -> CommandResult:
        """Run the builder's scripts and ``script`` by bash in the container.

        stdout has banner lines around. Cancelling the task ends the script and leaves the
        container. ``keywords`` are exec_container's: on_stdout, on_stderr and on_line for output
        that should not be collected, timeout, check. Raises CommandFailed for an exit code other
        than 0, and what ensure_container raises.
        """
        whole = _runner.with_init(self.schematics.builder.scripts, script)
        known = self._container().known
        if known:
            # The ID is of no other container: the exec itself finds out whether it still runs.
            ended = (ContainerNotFound, ContainerNotRunning)
            with suppress(*ended), expecting(*ended), naming(known, self.container_name):
                await self._update()
                return await self._exec(known, whole, keywords)
        await self.ensure_container()
        return await self._exec(self.container_name, whole, keywords)

    async def _exec(self, container: str, script: str, keywords: dict[str, Any]) -> CommandResult:
        data = _runner.encoded(script)
        durable = self.durable
        if durable is None:
            # It passes through files in /tmp.
            durable = isinstance(self.client, RemoteDockerClient) and not await self._is_read_only()
        try:
            if not durable:
                return await self.client.exec_container(container, _runner.by_stdin(), stdin=data, **keywords)
            if len(data) <= _runner.LONGEST_WORD:
                command = _runner.by_words(script)
            else:
                command = _runner.by_file(await self._deposit(data))
            return await self.client.exec_container(container, command, durable=True, **keywords)
        except CommandFailed as error:
            raise _runner.explained(error, f"the container {self.container_name}") from error.__cause__

    async def _is_read_only(self) -> bool:
        """Whether the container's files cannot be changed."""
        return (await given(self.container.environment([]).own_options())).on("read-only")

    async def _deposit(self, data: bytes) -> str:
        """Put a script into the container; the runner removes it."""
        remote = f"/tmp/.ml_nexus_go-script-{uuid.uuid4().hex}"
        local = temporary_file(data)
        try:
            await self.client.copy_to_container(local, self.container_name, remote)
        finally:
            with suppress(OSError):
                os.unlink(local)
        return remote

    async def upload(self, local_path: Path, remote_path: Path) -> None:
        """Copy a local file or folder into the container, by the rules of ``docker cp``."""
        await self.ensure_container()
        await self.client.mkdir_in_container(self.container_name, Path(remote_path).parent)
        await self.client.copy_to_container(at_home(local_path), self.container_name, remote_path)

    async def download(self, remote_path: Path, local_path: Path) -> None:
        """Copy a file or folder out of the container, by the rules of ``docker cp``."""
        await self.ensure_container()
        await self._download(remote_path, local_path)

    async def _download(self, remote_path: Path, local_path: Path) -> None:
        await self.client.copy_from_container(self.container_name, remote_path, at_home(local_path))

    async def delete(self, remote_path: Path) -> None:
        """Delete a file or folder in the container; a missing path is fine.

        Raises InvalidArgument for the root, an empty or a relative path.
        """
        path = str(remote_path)
        if not path.startswith("/") or posixpath.normpath(path).strip("/") == "":
            raise InvalidArgument(f"{path!r} is not deleted: give an absolute path below the root")
        await self.ensure_container()
        await self._delete(remote_path)

    async def _delete(self, remote_path: Path) -> None:
        await self.client.exec_container(self.container_name, ["rm", "-rf", "--", str(remote_path)])

    async def sync_to_container(self, local_path: Path, remote_path: Path) -> None:
        """Copy the content of ``local_path`` into the folder ``remote_path`` (a file: to that name).

        Other files there stay.
        """
        await self.ensure_container()
        local = at_home(local_path)
        if not local.is_dir():
            await self.upload(local, remote_path)
            return
        await self.client.mkdir_in_container(self.container_name, remote_path)
        await self.client.copy_to_container(f"{local}/.", self.container_name, remote_path)

    async def sync_from_container(self, remote_path: Path, local_path: Path) -> None:
        """Copy the content of ``remote_path`` in the container into the local folder (a file: to that name).

        A file goes into ``local_path`` if that is a folder. Raises PathNotFound, and then leaves
        nothing behind.
        """
        await self.ensure_container()
        local, content = at_home(local_path), f"{remote_path}/."
        with parents_of(local):
            try:
                await self.client.copy_from_container(self.container_name, content, local)
            except Conflict as error:
                if error.details.get("path") != content:  # something local
                    raise
                await self.client.copy_from_container(self.container_name, remote_path, local, follow_link=True)

    def run_context(self) -> Any:
        """A ScriptRunContext on this environment."""
        return self._context(self.upload, self._fetch, self._clear, self._env_result_download_path)

    # After a script its container is not started again: resources are on the host, too.

    async def _fetch(self, remote_path: Path, local_path: Path) -> None:
        try:
            await self._download(remote_path, local_path)
        except DockerError:  # one that ends gives errors of all kinds
            if await self.client.container_is_running(self.container_name):
                raise
            async with self._there() as there:
                await there.environment([]).download_remote(remote_path, local_path)

    async def _clear(self, remote_path: Path) -> None:
        try:
            await self._delete(remote_path)
        except DockerError as error:
            # Whether the container runs is no answer: one that is being ended still does.
            if isinstance(error, CommandFailed) and error.exit_code < _SIGNALLED:
                raise  # by rm itself
            async with self._there() as there:
                await there.environment([]).delete_remote(remote_path)

    def shown_path(self, path: Path | str) -> str:
        """Where a path in the container is, as a person reads it."""
        return self.container.shown_path(path)
