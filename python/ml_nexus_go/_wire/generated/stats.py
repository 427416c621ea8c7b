# Written by go run ./tools/wire. Change the Go side instead.
"""What core/stats.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class StatsRequest(TypedDict):
    """StatsRequest asks for what the named containers use, all of which must exist, or those that pass docker's
    filters; without either, all that run.
    """

    containers: NotRequired[list[str] | None]
    filters: NotRequired[dict[str, list[str]] | None]


class ContainerStats(TypedDict):
    """ContainerStats is what a container uses, as docker stats shows it. Sizes are in bytes; those of network and
    block devices count from the container's start.
    """

    event: Literal["stats"]
    id: str
    name: str
    # of a fleet: where it runs
    node: NotRequired[str]
    # RFC 3339
    read: str
    # cpu_percent is 100 for one processor that is used all the time.
    cpu_percent: float
    # without the cache
    memory: int
    memory_limit: int
    memory_percent: float
    network_received: int
    network_sent: int
    block_read: int
    block_written: int
    pids: int
    # raw is the engine's own document.
    raw: Any
