"""GPUs for a container, if the engine has them."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from .._clients.docker_client import DockerClient, Place
from .._display.live import expecting
from .._errors import DockerError, InvalidArgument
from .._options import values
from .._results.command import CommandResult

logger = logging.getLogger("ml_nexus_go")

# "auto", "all", None, how many, which (numbers or UUIDs), or a value of docker's --gpus.
Gpus = str | int | Sequence[int | str] | None


class _Engine:
    """What is known about one engine."""

    has_gpus = True  # until it says otherwise


# By the engine's ID and its host's name: machines that were cloned share the ID.
_engines: dict[tuple[Any, ...], _Engine] = {}
_of_client: weakref.WeakKeyDictionary[DockerClient, _Engine] = weakref.WeakKeyDictionary()


def check(gpus: Gpus) -> None:
    """Raise InvalidArgument for any other value."""
    if gpus not in ("auto", None):
        gpu_words(gpus)


def gpu_words(gpus: Gpus) -> list[str]:
    """Return the options that ask for GPUs; "auto" is not handled here."""
    if gpus is None:
        return []
    if isinstance(gpus, int) and not isinstance(gpus, bool) and gpus > 0:
        return ["--gpus", str(gpus)]
    if isinstance(gpus, (list, tuple)) and gpus and all(_is_device(device) for device in gpus):
        return ["--gpus", *values.gpus("gpus", gpus)]
    if isinstance(gpus, str) and (gpus == "all" or gpus.isdecimal() or "=" in gpus):
        return ["--gpus", *values.gpus("gpus", gpus)]
    raise InvalidArgument(
        "gpus must be 'auto', 'all', None, how many, a list of numbers or UUIDs, or what docker's --gpus takes "
        f"('device=0'), not {gpus!r}"
    )


def _is_device(device: object) -> bool:
    return isinstance(device, (int, str)) and not isinstance(device, bool) and str(device) not in ("", "auto", "all")


async def run_with_gpus(
    client: DockerClient, gpus: Gpus, run: Callable[[list[str]], Awaitable[CommandResult]]
) -> CommandResult:
    """Call ``run`` with the options that ask for GPUs.

    "auto" asks for all until the engine reports that it has no driver for them, once
    for all clients and environments: that container was not started, so nothing
    runs twice. ``docker info`` proves nothing: an engine that finds NVIDIA's hook
    on its PATH has GPUs, but lists neither a runtime nor a device.

    At a place of a fleet, "auto" is what the place has.
    """
    if gpus == "auto" and isinstance(client, Place):
        gpus = "all" if client.reservation.gpus else None
    if gpus != "auto":
        return await run(gpu_words(gpus))
    engine = await _engine(client)
    if not engine.has_gpus:
        return await run([])
    try:
        with expecting(_no_driver):
            return await run(["--gpus", "all"])
    except DockerError as error:
        if not _no_driver(error):
            raise
    logger.info("%s has no GPUs: containers start without them", client.target or client)
    engine.has_gpus = False
    return await run([])


async def _engine(client: DockerClient) -> _Engine:
    engine = _of_client.get(client)
    if engine is None:
        info = await client.info()
        engine = _of_client[client] = _engines.setdefault((info.get("ID"), info.get("Name")), _Engine())
    return engine


def _no_driver(error: BaseException) -> bool:
    # Engines until 28, and from 29 on, which look for CDI devices.
    said = f"{error.message} {error.stderr}" if isinstance(error, DockerError) else ""
    return "could not select device driver" in said or "failed to discover GPU vendor" in said
