"""Builds and pushes: the functions through which ml_nexus's builders build."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
import tempfile
import weakref
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .._arguments.environ import environ_of
from .._arguments.shell_text import expanded
from .._clients.docker_client import DockerClient
from ..environments._builds import building_client
from ..environments._mounts import at_home
from ._bind import instance_of
from ._clients import Connect

Build = Callable[..., Awaitable[str]]


def _build_options(options: str | list[str] | None) -> list[str]:
    given = [options] if isinstance(options, str) else list(options or ())
    return [option for option in given if option.strip()]


def _builder(default: DockerClient, debug: object, logger: Any, builder: str | None) -> Build:
    async def a_build_docker(
        tag: str, context_dir: Path | str, options: str = "", push: bool = False, build_id: str | None = None
    ) -> str:
        """Build an image on the client's engine, push it where asked, and return its tag.

        A build that an environment starts uses its client, any other the default
        one. ``options`` are those of ``docker build``, in one string. ``build_id`` is
        ignored.
        """
        client = building_client() or default
        await _build(client, tag, context_dir, options, builder)
        if debug and logger is not None:
            for row in await client.image_history(tag):
                logger.debug(f"{tag}: {row}")
        if push:
            await client.push_image(tag)
        return tag

    return a_build_docker


async def _build(
    client: DockerClient, tag: str, context_dir: Path | str, options: str | list[str], builder: str | None
) -> None:
    keywords: dict[str, Any] = {} if builder is None else {"builder": builder}
    words = expanded(_build_options(options), environ_of(client).now())
    await client.build_image(context_dir, tag, words, **keywords)


def _a_build_docker(
    ml_nexus_default_docker_client: DockerClient, ml_nexus_debug_docker_build: object, logger: Any
) -> Build:
    return _builder(ml_nexus_default_docker_client, ml_nexus_debug_docker_build, logger, None)


def _a_build_docker_no_buildkit(
    ml_nexus_default_docker_client: DockerClient, ml_nexus_debug_docker_build: object, logger: Any
) -> Build:
    return _builder(ml_nexus_default_docker_client, ml_nexus_debug_docker_build, logger, "classic")


def _a_build_docker_ssh_remote(
    ml_nexus_docker_connect: Connect, ml_nexus_debug_docker_build: object, logger: Any
) -> Build:
    async def build(
        tag: str,
        context_dir: Path | str,
        options: str,
        remote_host: str,
        push: bool = False,
        build_id: str | None = None,
    ) -> str:
        """Build an image on the engine of a host; as a_build_docker."""
        client = ml_nexus_docker_connect(remote_host)
        return await _builder(client, ml_nexus_debug_docker_build, logger, None)(tag, context_dir, options, push)

    return build


def _build_image_with_copy(a_build_docker: Build) -> Build:
    async def build_image_with_copy(
        from_image: str,
        pre_copy_commands: str,
        post_copy_commands: str,
        docker_resource_paths: Mapping[Path, Path],
        tag: str,
        push: bool = False,
    ) -> str:
        """Build an image of ``from_image`` with local folders copied to paths in it."""
        with _temporary_folder() as folder:
            copies = []
            for number, (source, goal) in enumerate(docker_resource_paths.items()):
                await asyncio.to_thread(_copy, at_home(source), folder / f"resource-{number}")
                copies.append(f'COPY ["resource-{number}", "{goal}"]')
            lines = [f"FROM {from_image}", pre_copy_commands, *copies, post_copy_commands, ""]
            await asyncio.to_thread(folder.joinpath("Dockerfile").write_text, "\n".join(lines))
            return await a_build_docker(tag=tag, context_dir=folder, options="", push=push)

    return build_image_with_copy


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    folder = tempfile.mkdtemp()
    try:
        yield Path(folder)
    finally:
        _remove(folder)


def _remove(folder: str) -> None:
    """Remove it, as far as possible. Files are hard links to the user's: their modes stay."""
    for root, folders, _ in os.walk(folder):
        for path in (Path(root, name) for name in folders):
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path, goal: Path) -> None:
    """Copy by hard links where possible: the folders may be large."""

    def link(src: str, dst: str) -> None:
        try:
            os.link(src, dst)
        except OSError:
            shutil.copy2(src, dst)

    if source.is_dir():
        shutil.copytree(source, goal, symlinks=True, copy_function=link)
    else:
        shutil.copy2(source, goal)


def _push_local(ml_nexus_default_docker_client: DockerClient, a_setup_docker_credentials: Any) -> Callable[..., Any]:
    async def a_docker_push__local(tag: str) -> None:
        """Push an image, with the login of docker's settings."""
        if a_setup_docker_credentials is not None:
            ready = a_setup_docker_credentials(tag)
            if inspect.isawaitable(ready):
                await ready
        await ml_nexus_default_docker_client.push_image(tag)

    return a_docker_push__local


class _Login:
    """Await it, any number of times, before a build: it logs in to Docker Hub once for each loop."""

    def __init__(self, client: DockerClient, username: str | None, token: str | None) -> None:
        self._default, self._username, self._token = client, username, token
        self._done: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, set[str]] = weakref.WeakKeyDictionary()

    def __await__(self) -> Generator[Any, None, None]:
        return self._login().__await__()

    async def _login(self) -> None:
        client = building_client() or self._default
        done = self._done.setdefault(asyncio.get_running_loop(), set())
        if not self._token or client.target in done:
            return
        await client.login("", self._username, self._token)
        done.add(client.target)


def _f_docker_login(
    ml_nexus_default_docker_client: DockerClient,
    ml_nexus_docker_hub_username: str | None,
    ml_nexus_docker_hub_token: str | None,
) -> _Login:
    return _Login(ml_nexus_default_docker_client, ml_nexus_docker_hub_username, ml_nexus_docker_hub_token)


_MAYBE = ("ml_nexus_debug_docker_build", "logger")

a_build_docker: Any = instance_of(_a_build_docker, *_MAYBE)
a_build_docker_no_buildkit: Any = instance_of(_a_build_docker_no_buildkit, *_MAYBE)
a_build_docker_ssh_remote: Any = instance_of(_a_build_docker_ssh_remote, *_MAYBE)
build_image_with_copy: Any = instance_of(_build_image_with_copy)
a_docker_push__local: Any = instance_of(_push_local, "a_setup_docker_credentials")
f_docker_login: Any = instance_of(_f_docker_login, "ml_nexus_docker_hub_username", "ml_nexus_docker_hub_token")
