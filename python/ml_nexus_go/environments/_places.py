"""Where an environment of a fleet works: at a place that it takes for each script."""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from .._clients.docker_client import DockerClient, Place
from .._display.image_progress import image_listener
from .._display.progress import progress_function
from .._wire.generated.methods import FLEET_RESERVE
from ._gpus import Gpus

# The fleets of places: images are built there, and a run takes them to its node.
_fleets: weakref.WeakKeyDictionary[DockerClient, DockerClient] = weakref.WeakKeyDictionary()


def builder_of(client: DockerClient) -> DockerClient:
    """Return the client that builds the images for another one's runs."""
    return _fleets.get(client, client)


@asynccontextmanager
async def placed(
    fleet: DockerClient, options: Sequence[str], queue_timeout: float | None, on_waiting: Callable[[Any], object] | None
) -> AsyncIterator[Place]:
    """Hold what options of ``docker run`` ask for, and yield a client of the node."""
    request = FLEET_RESERVE({"options": [str(word) for word in options], "queue_timeout": queue_timeout})
    async with fleet._reserve(request, image_listener(progress_function(on_waiting, "on_progress"))) as place:
        _fleets[place] = fleet
        yield place


@asynccontextmanager
async def at_node(fleet: DockerClient, node: str) -> AsyncIterator[DockerClient]:
    """Yield a client of a node of a fleet, which holds nothing there."""
    async with fleet._reserve(FLEET_RESERVE({"node": node}), None) as client:
        _fleets[client] = fleet
        yield client


def node_of(client: DockerClient) -> str:
    """Return the name of a place's node; "" for any other client."""
    return client.reservation.node if isinstance(client, Place) else ""


async def gpus_of_fleet(fleet: DockerClient, gpus: Gpus) -> Gpus:
    """Return what "auto" means in a fleet: all of a node, if any node has some."""
    if gpus != "auto":
        return gpus
    return "all" if any(node.gpus for node in await fleet.nodes()) else None


def waiting(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return those keywords of run_container that are about the wait for a place."""
    return {name: keywords[name] for name in ("queue_timeout", "on_progress") if name in keywords}
