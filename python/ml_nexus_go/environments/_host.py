"""DockerHostEnvironment: each script in a container of its own."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._arguments.checks import Word
from .._arguments.environ import environ_of
from .._arguments.shell_text import expanded
from .._clients.docker_client import DockerClient
from .._errors import CommandFailed
from .._results.command import CommandResult
from . import _runner
from ._builds import building_with
from ._choice import required
from ._environment import Environment
from ._gpus import Gpus, gpu_words, run_with_gpus
from ._mounts import DockerMount, at_home
from ._options import Given, given, separate_words
from ._places import builder_of, gpus_of_fleet, waiting
from ._resources import mount_words, prepare_resources
from ._tasks import Joint, all_of


@dataclass(eq=False)
class DockerHostEnvironment(Environment):
    """Runs each script in a new container of the project's image.

    ``docker_client`` says where; None means the injected default. ``docker_host`` is the old
    way to say so. ``gpus``: "auto" (all, if the engine has any), "all", None, how many,
    which (``[0, 1]``, UUIDs), or a value of docker's --gpus ("device=0").
    """

    _a_system: Any = None
    _a_system_parallel: Any = None
    _storage_resolver: Any = None
    _new_RsyncArgs: Any = None  # noqa: N815
    _macro_install_base64_runner: Any = None
    _logger: Any = None
    _env_result_download_path: Any = None
    _ml_nexus_default_docker_image_repo: str | None = None
    _ml_nexus_default_docker_host_mounter: Any = None

    project: Any = None
    docker_builder: Any = None
    docker_host: str | None = None

    _ml_nexus_docker_build_context: str | None = None

    mounter: Any = None
    image_tag: str | None = None
    additional_mounts: list[DockerMount] | None = None
    docker_options: Sequence[str] | None = None
    shared_memory_size: str = "10g"
    network: str = "host"
    pinjected_additional_args: dict[str, str] = field(default_factory=dict)

    docker_client: DockerClient | None = None
    gpus: Gpus = "auto"

    _ml_nexus_default_docker_client: DockerClient | None = None
    _ml_nexus_docker_connect: Callable[[str], DockerClient] | None = None

    def __post_init__(self) -> None:
        self.mounter = self.mounter if self.mounter is not None else self._ml_nexus_default_docker_host_mounter
        self._begin(docker_builder=self.docker_builder, mounter=self.mounter)
        if self.image_tag is None:
            required(type(self).__name__, image_tag=self._ml_nexus_default_docker_image_repo)
            self.image_tag = f"{self._ml_nexus_default_docker_image_repo}/{self.project.dirs[0].id.lower()}"
        runner = self._macro_install_base64_runner
        if runner is not None and not _contains(getattr(self.docker_builder, "macros", ()), runner):
            # Not needed here, but the image serves ml_nexus's own environments too. Twice in
            # a builder its file would be copied twice at once, to the same name, and that fails.
            self.docker_builder = self.docker_builder.add_macro(runner)
        cache = self.project.placement.resources_root / "huggingface"
        self.docker_builder = self.docker_builder.add_macro([f"ENV HF_HOME={cache}"])
        self._built = Joint(self._build)
        self._renew()

    def _renew(self) -> None:
        self._prepare = Joint(self._prepare_once)

    async def prepare(self) -> str:
        """Build the image and sync the resources to the host; return the image's tag.

        Concurrent callers share one preparation; a later one looks for changes. In a fleet, the
        image is built by the manager, and resources are synced to a place that has been taken.
        Raises BuildFailed, ResourceUnknown, PathNotFound.
        """
        return await self._prepare()

    async def _prepare_once(self) -> str:
        image, _ = await all_of((self._built, self._bring_resources))
        return str(image)

    async def _build(self) -> Any:
        with building_with(builder_of(self.client)):
            return await self.docker_builder.a_build(self.image_tag, use_cache=True)

    async def _bring_resources(self) -> Any:
        if self.client._is_fleet:
            return
        host = self.docker_host or self.client.target
        await prepare_resources(self.client, self.mounter, self._storage_resolver, host, self.project)

    async def _options(self, *more: str) -> tuple[list[str], Given]:
        """The options of ``docker run``, except for GPUs, and what the user's and ``more`` say."""
        environ = environ_of(self.client).now()
        own = [*self.own_options(), *more]
        flags = await given(own)
        words = [] if "network" in flags else [f"--net={self.network}"]
        words += mount_words(self.mounter, self.project.placement)
        for mount in self.additional_mounts or ():
            words += ["-v", Word(f"{mount.source}:{mount.target}")]
        words += [f"--shm-size={self.shared_memory_size}", "--rm"]
        return [*expanded(words, environ), *own], flags  # of two, the last counts

    async def _run_words(self) -> list[str]:
        options, flags = await self._options()
        gpus = None if "gpus" in flags else await gpus_of_fleet(self.client, self.gpus)
        return [*gpu_words(gpus), *options]

    def own_options(self) -> list[str]:
        """``docker_options``, with the variables in them replaced."""
        return expanded(self.docker_options, environ_of(self.client).now())

    async def build_docker_cmd(self, cmd: str) -> str:
        """Prepare, and return the command line of docker that runs ``cmd``."""
        image = await self.prepare()
        gpus = gpu_words("all" if self.gpus == "auto" else self.gpus)
        options, _ = await self._options()
        words = await separate_words([*gpus, *options])
        return f"docker run {shlex.join([*words, image])} {cmd}"

    async def run_script(self, script: str, **keywords: Any) -> CommandResult:
        """Run the builder's scripts and ``script`` by bash; stdout has banner lines around.

        Cancelling the task ends the container. ``keywords`` are run_container's: on_stdout,
        on_stderr and on_line for output that should not be collected, timeout, check. Raises
        CommandFailed for an exit code other than 0, and what prepare() raises.

        With ``-t`` in ``docker_options``, the output is a terminal's: lines end with CR LF,
        and stderr is part of stdout. With ``-d`` the script keeps running, and the result is
        its container's ID.
        """
        whole = _runner.with_init(self.docker_builder.scripts, script)
        return await self.run_script_without_init(whole, **keywords)

    async def run_script_without_init(self, script: str, **keywords: Any) -> CommandResult:
        """Run ``script`` alone, as run_script does."""
        stdin = _runner.encoded(script)
        async with self.placed(**waiting(keywords)) as here:
            return await here._run(script, stdin, keywords)

    async def _run(self, script: str, stdin: bytes, keywords: dict[str, Any]) -> CommandResult:
        options, flags = await self._options()
        if flags.takes_stdin:
            command, more = _runner.by_stdin(), {"stdin": stdin}
        else:
            command, more = _runner.by_words(script), {}
        image = await self.prepare()
        try:
            return await self._start(image, command, options, flags, **more, **keywords)
        except CommandFailed as error:
            raise _runner.explained(error, f"the image {image}") from error.__cause__

    async def detached(self) -> bool:
        """Return whether run_script returns while the script runs: ``-d`` in ``docker_options``."""
        return (await given(self.own_options())).on("detach")

    async def start_detached(self, command: list[str], options: list[str]) -> str:
        """Prepare, start a detached container, and return its ID."""
        whole, flags = await self._options("-d", *options)
        image = await self.prepare()
        try:
            return str(await self._start(image, command, whole, flags))
        except CommandFailed as error:
            raise _runner.explained(error, f"the image {image}") from error.__cause__

    async def _start(
        self, image: str, command: list[str], options: list[str], flags: Given, **keywords: Any
    ) -> CommandResult:
        gpus = None if "gpus" in flags else self.gpus
        words = flags.command(command)

        async def run(more: list[str]) -> CommandResult:
            return await self.client.run_container(image, words, [*more, *options], **keywords)

        return await run_with_gpus(self.client, gpus, run)

    def container_path_to_host_path(self, path: Path | str) -> Path:
        """Map a path under resources_root to the host; any other is a path on the host already."""
        path = Path(path)
        try:
            return Path(self.mounter.host_resource_root) / path.relative_to(self.project.placement.resources_root)
        except ValueError:
            return path

    def shown_path(self, path: Path | str) -> str:
        """Where a path in the container is on the host, as a person reads it."""
        target = self.client.target
        return f"in {self.container_path_to_host_path(path)} on {'the host' if target == 'local' else target}"

    async def upload_remote(self, local: Path, remote: Path) -> None:
        """Put a local file or folder where the container will see it as ``remote``."""
        local, target = at_home(local), self.container_path_to_host_path(remote)
        if local.is_dir():
            await self.client.sync_to_host(local, target, hardlinks=True)
        else:
            await self.client.upload_to_host(local, target)

    async def download_remote(self, remote: Path, local: Path) -> None:
        """Get a file or folder that the container sees as ``remote``."""
        await self.client.download_from_host(self.container_path_to_host_path(remote), at_home(local))

    async def delete_remote(self, remote: Path) -> None:
        """Delete what the container sees as ``remote``; a missing path is fine."""
        await self.client.delete_on_host(self.container_path_to_host_path(remote))

    def run_context(self) -> Any:
        """A ScriptRunContext on this environment."""
        return self._context(
            self.upload_remote, self.download_remote, self.delete_remote, self._env_result_download_path
        )


def _contains(macros: Any, macro: Any) -> bool:
    """Whether a macro is among others, which may be lists of macros."""
    if not isinstance(macros, (list, tuple)):
        return False
    return any(one is macro or one == macro or _contains(one, macro) for one in macros)
