# Written by go run ./tools/wire. Change the Go side instead.
"""The options of ``docker update`` as keywords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..typed import TypedOptions, Writer
from ..values import Numbers
from . import kinds


class UpdateOptions(TypedOptions):
    """The options of ``docker update`` as keywords.

    ``blkio_weight``: Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)
    ``cpu_period``: Limit CPU CFS (Completely Fair Scheduler) period
    ``cpu_quota``: Limit CPU CFS (Completely Fair Scheduler) quota
    ``cpu_rt_period``: Limit the CPU real-time period in microseconds
    ``cpu_rt_runtime``: Limit the CPU real-time runtime in microseconds
    ``cpu_shares``: CPU shares (relative weight)
    ``cpus``: Number of CPUs
    ``cpuset_cpus``: CPUs in which to allow execution (0-3, 0,1)
    ``cpuset_mems``: MEMs in which to allow execution (0-3, 0,1)
    ``memory``: Memory limit
    ``memory_reservation``: Memory soft limit
    ``memory_swap``: Swap limit equal to memory plus swap: -1 to enable unlimited swap
    ``pids_limit``: Tune container pids limit (set -1 for unlimited)
    ``restart``: Restart policy to apply when a container exits
    """

    __module__ = "ml_nexus_go"
    command = "docker update"
    kinds: ClassVar[Mapping[str, Writer]] = kinds.UPDATE

    def __init__(
        self,
        *,
        blkio_weight: int | None = None,
        cpu_period: int | None = None,
        cpu_quota: int | None = None,
        cpu_rt_period: int | None = None,
        cpu_rt_runtime: int | None = None,
        cpu_shares: int | None = None,
        cpus: float | None = None,
        cpuset_cpus: Numbers | None = None,
        cpuset_mems: Numbers | None = None,
        memory: int | str | None = None,
        memory_reservation: int | str | None = None,
        memory_swap: int | str | None = None,
        pids_limit: int | None = None,
        restart: str | None = None,
    ) -> None:
        self._write(locals())
