"""The class that users name in annotations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Literal

from .._arguments.checks import seconds, text
from .._calls.operation import EventListener
from .._display.image_progress import WaitingCallback, image_listener
from .._display.progress import progress_function
from .._errors import InvalidArgument
from .._operations.builds import Builds
from .._operations.commands import Commands
from .._operations.container_files import Files
from .._operations.container_images import ContainerImages
from .._operations.container_logs import ContainerLogs
from .._operations.container_settings import ContainerSettings
from .._operations.container_views import ContainerViews
from .._operations.containers import Containers
from .._operations.durable_execs import DurableExecs
from .._operations.events import Events
from .._operations.file_access import FileAccess
from .._operations.forward import Ports
from .._operations.gpus import GPUs
from .._operations.image_archives import Archives
from .._operations.images import Images
from .._operations.networks import Networks
from .._operations.node_files import NodeFiles
from .._operations.orphans import Orphans
from .._operations.registry import Registry
from .._operations.stats import Stats
from .._operations.system import System
from .._operations.views import Views
from .._operations.volumes import Volumes
from .._results.ml_nexus import Bound
from .._wire.generated.methods import FLEET_RESERVE
from .._wire.method import Request

if TYPE_CHECKING:
    from .._results.fleet import Reservation
    from .._wire.generated.bridge import ReserveResult


class DockerClient(
    Archives,
    Bound,
    Builds,
    Commands,
    Containers,
    ContainerImages,
    ContainerLogs,
    ContainerSettings,
    ContainerViews,
    DurableExecs,
    Events,
    FileAccess,
    Files,
    GPUs,
    Images,
    Networks,
    NodeFiles,
    Orphans,
    Ports,
    Registry,
    Stats,
    System,
    Views,
    Volumes,
):
    """One Docker Engine, however it is reached: what ``connect`` returns.

    All methods are coroutines (except those that return an asynchronous iterator, and forward,
    whose result is a context manager), and any number of tasks, event loops and threads may call
    them concurrently. Cancelling a task ends the work that it waits for, on the engine as well.
    Errors are DockerError.

    Use it as an asynchronous context manager, or call ``aclose``.

    A subclass of your own implements ``aclose`` and the methods that you use; the others
    raise NotImplementedError. To change some methods of an existing client, subclass
    ForwardingDockerClient.
    """

    _foreign_base = ("ml_nexus.docker.client", "DockerClient")

    @property
    def _is_fleet(self) -> bool:
        """Whether this has several hosts, one of which is chosen for each run."""
        return False

    def reserve(
        self,
        *,
        gpus: int | Literal["all"] = 0,
        cpus: float | None = None,
        memory: int | str | None = None,
        devices: Mapping[str, int | Literal["all"]] | None = None,
        constraints: str | Iterable[str] | None = None,
        queue_timeout: float | None = None,
        on_waiting: WaitingCallback | None = None,
    ) -> AbstractAsyncContextManager[Place]:
        """Hold resources of one node of a fleet while a block lasts.

            async with client.reserve(gpus=2, memory="64g") as place:
                await place.sync_to_host("data", "/srv/data")
                await place.run_container("trainer", "python train.py", "--rm --gpus all -v /srv/data:/data")

        It waits for its turn as a run does. ``place`` is a client of that node, whose
        ``reservation`` says what is held. What it runs belongs to the place: ``--gpus`` counts, or
        names, GPUs of the place. ``cpus`` and ``memory`` (bytes, or docker's text) are held for
        all of it together; no run is limited by them unless its own options say so.

        ``devices`` counts those of other kinds; "all" is all that a node has. ``constraints`` are
        those of ``docker service create`` (``"node.labels.disk==ssd"``). ``queue_timeout`` bounds
        the wait, in seconds; ``on_waiting`` gets a Waiting for each reason that Swarm gives.

        At the end of the block the resources are free, however it ends; if a container of the
        place still runs (``-d``), once that has ended. The reservation of a program that was
        killed is freed as that of a run is.

        Raises, when the block is entered, InvalidArgument for what no node could ever hold, and where
        the client has one engine; OperationTimeout, with ``details["waited_for"]``.
        """
        whole = {kind: _count(count, f"devices[{kind!r}]") for kind, count in (devices or {}).items()}
        wanted = [constraints] if isinstance(constraints, str) else constraints or ()
        request = FLEET_RESERVE(
            {
                "gpus": _count(gpus, "gpus"),
                "cpus": seconds(cpus, "cpus"),
                "memory": None if memory is None else str(memory),
                "devices": whole,
                "constraints": [text(one, "each of constraints") for one in wanted],
                "queue_timeout": seconds(queue_timeout, "queue_timeout"),
            }
        )
        return self._reserve(request, image_listener(progress_function(on_waiting, "on_waiting")))

    def _reserve(
        self, request: Request[ReserveResult], listener: EventListener | None
    ) -> AbstractAsyncContextManager[Place]:
        """Take a place while a block lasts."""
        raise self._missing(request)


class Place(DockerClient):
    """A client of the node of a fleet where resources are held, from ``client.reserve()``."""

    reservation: Reservation


def _count(value: int | Literal["all"], name: str) -> int:
    if value == "all":
        return -1
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidArgument(f'{name} must be how many, or "all", not {value!r}')
    return value
