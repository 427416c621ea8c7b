"""GPUs for a container, where the engine has them."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Awaitable, Callable
from typing import Literal

from .._docker_client import DockerClient
from .._errors import DockerError, InvalidArgument
from .._result import CommandResult

logger = logging.getLogger("ml_nexus_go")

Gpus = Literal["all", "auto"] | None

_without: weakref.WeakSet[DockerClient] = weakref.WeakSet()


def check(gpus: Gpus) -> None:
    """Raise InvalidArgument for another value."""
    if gpus not in ("all", "auto", None):
        raise InvalidArgument(f"gpus must be 'all', 'auto' or None, not {gpus!r}")


async def run_with_gpus(
    client: DockerClient, gpus: Gpus, run: Callable[[list[str]], Awaitable[CommandResult]]
) -> CommandResult:
    """Call ``run`` with the options that ask for GPUs.

    "auto" asks for all, and once more for none where the engine says that it has no
    driver for them: only the engine knows, since its list of runtimes does not show every
    way to have GPUs. The container was not started then, so nothing runs twice.
    """
    if gpus is None or (gpus == "auto" and client in _without):
        return await run([])
    try:
        return await run(["--gpus", "all"])
    except DockerError as error:
        if gpus != "auto" or not _no_driver(error):
            raise
    logger.info("%s has no GPUs: containers start without them", client.target or client)
    _without.add(client)
    return await run([])


def _no_driver(error: DockerError) -> bool:
    # Engines until 28, and from 29 on, which look for CDI devices.
    said = f"{error.message} {error.stderr}"
    return "could not select device driver" in said or "failed to discover GPU vendor" in said
