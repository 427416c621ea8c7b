# Written by go run ./tools/wire. Change the Go side instead.
"""What core/system.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from .containers import PruneContainersResult
from .images import PruneImagesResult
from .networks import NetworksPruneResult
from .volumes import VolumesPruneResult

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class BuildCachePruneRequest(TypedDict):
    """BuildCachePruneRequest removes what no build uses; with All also what images share, and what BuildKit keeps
    for itself. What was used last stays, up to KeepStorage bytes; with MaxUsed only as much as that is more.
    MinFree is how many bytes must be free on the disk.
    """

    filters: NotRequired[dict[str, list[str]] | None]
    all: NotRequired[bool | None]
    keep_storage: NotRequired[int | None]
    max_used: NotRequired[int | None]
    min_free: NotRequired[int | None]
    dry_run: NotRequired[bool | None]


class BuildCachePruneResult(TypedDict):
    """BuildCachePruneResult has the IDs of the records, and the bytes that they took."""

    deleted: list[str]
    # bytes
    reclaimed: int


class SystemPruneRequest(TypedDict):
    """SystemPruneRequest is docker system prune: containers, networks, images and build cache, with Volumes also
    anonymous volumes. With All, images with names go, too, and shared build cache. A filter for a label leaves
    build cache alone, which has none.
    """

    filters: NotRequired[dict[str, list[str]] | None]
    all: NotRequired[bool | None]
    volumes: NotRequired[bool | None]
    dry_run: NotRequired[bool | None]


class SystemPruneResult(TypedDict):
    """SystemPruneResult is what was removed of each kind."""

    containers: PruneContainersResult
    networks: NetworksPruneResult
    volumes: VolumesPruneResult
    images: PruneImagesResult
    build_cache: BuildCachePruneResult


class HostFactsRequest(TypedDict):
    """HostFactsRequest names a path whose file system is looked at; "" is the root."""

    path: NotRequired[str | None]


class HostFactsResult(TypedDict):
    """HostFactsResult is what the host says. Where the client runs no commands there, Reached is false and nothing
    else is known.
    """

    reached: bool
    # who the client is there
    user: str
    # Unix seconds
    clock: int
    # the first line of rsync --version; "" without rsync
    rsync: str
    # bytes
    disk_total: int
    # bytes
    disk_free: int
    # whether nvidia-smi is there
    nvidia_smi: bool
    # nvidia_problem is what nvidia-smi said instead of an answer.
    nvidia_problem: str
    gpus: list[GPU]
    # engine_command is the command on the host that streams to the engine go through, where its sshd forwards to no
    # socket; "" otherwise, and before the engine was reached.
    engine_command: str


class GPU(TypedDict):
    """GPU is one of the host's, as nvidia-smi describes it; what it does not know is 0."""

    index: int
    uuid: str
    name: str
    # bytes
    memory_total: int
    # bytes
    memory_used: int
    # percent
    utilization: int
    processes: list[GPUProcess]


class GPUProcess(TypedDict):
    """GPUProcess is a program that uses a GPU."""

    # on the host
    pid: int
    name: str
    # bytes
    memory: int


class FleetNode(TypedDict):
    """FleetNode is a node as the managers know it, and what the tasks on it have reserved."""

    # the engine's own document
    raw: Any
    # how the client reaches its engine
    target: str
    # reserved
    nano_cpus: int
    # reserved, bytes
    memory: int
    # reserved, by kind
    devices: dict[str, ReservedDevices]


class ReservedDevices(TypedDict):
    """ReservedDevices are devices of a kind that tasks have. Those of a node that only counts its devices have no
    names.
    """

    count: int
    names: list[str]


class WaitingRun(TypedDict):
    """WaitingRun is a task that has no node yet."""

    # the engine's own document of the task
    raw: Any
    # the name of its service
    service: str
    # of the container; "" for none, and for what no client of ours has asked for
    name: str
    # where the program is that waits; "" where it is not known
    host: str
