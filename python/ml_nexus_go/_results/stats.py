"""What containers use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .documents import engine_time, public

if TYPE_CHECKING:
    from .._wire.generated import stats as wire


@public
@dataclass(frozen=True)
class ContainerStats:
    """What a container uses, as ``docker stats`` shows it.

    Network and block device count from the container's start.
    """

    id: str  # all 64 digits
    name: str
    read: datetime  # when it was measured, in UTC
    cpu_percent: float  # in the second before; 100 is one processor that is used all the time
    memory: int  # bytes, without the cache
    memory_limit: int  # bytes; without a limit, what the host has
    memory_percent: float  # of the limit
    network_received: int  # bytes, over all networks; 0 with --network host
    network_sent: int  # bytes
    block_read: int  # bytes
    block_written: int  # bytes
    pids: int  # processes and threads
    raw: dict[str, Any] = field(repr=False, compare=False)  # the engine's own document
    node: str = field(default="", kw_only=True)  # of a fleet, where it runs; "" for one engine


def stats_of(fields: wire.ContainerStats) -> ContainerStats:
    """Return what Go has computed."""
    read = engine_time(fields["read"])
    if read is None:
        raise ValueError(f"{fields['read']!r} is no time of an engine")
    return ContainerStats(
        id=fields["id"],
        name=fields["name"],
        read=read,
        cpu_percent=float(fields["cpu_percent"]),
        memory=fields["memory"],
        memory_limit=fields["memory_limit"],
        memory_percent=float(fields["memory_percent"]),
        network_received=fields["network_received"],
        network_sent=fields["network_sent"],
        block_read=fields["block_read"],
        block_written=fields["block_written"],
        pids=fields["pids"],
        raw=fields["raw"],
        node=fields.get("node") or "",
    )
