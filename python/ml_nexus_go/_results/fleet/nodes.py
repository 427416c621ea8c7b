"""Nodes of a fleet, and what waits for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..documents import engine_time, public
from ..tables import Shown

if TYPE_CHECKING:
    from ..._wire.generated import system as wire

_BILLION = 1_000_000_000


@public
@dataclass(frozen=True)
class NodeDevices:
    """The devices of one kind that a node has, as its ``node-generic-resources`` say.

    A node that only counts its devices (``GPU=2``) has no names of them.
    """

    kind: str  # "GPU", "NVIDIA-GPU"...
    total: int
    reserved: int
    names: tuple[str, ...]
    reserved_names: tuple[str, ...]

    @property
    def free(self) -> int:
        """How many are not reserved."""
        return max(self.total - self.reserved, 0)

    @property
    def free_names(self) -> tuple[str, ...]:
        """Those that are not reserved."""
        return tuple(name for name in self.names if name not in self.reserved_names)

    @property
    def are_gpus(self) -> bool:
        """Whether runs get these for ``--gpus``."""
        kind = self.kind.lower()
        return kind == "gpu" or kind.endswith(("-gpu", "_gpu"))

    def _cell(self) -> str:
        return f"{self.kind}: {self.free} of {self.total} free"


@public
@dataclass(frozen=True)
class FleetNode(Shown):
    """A node of a fleet, as Swarm's managers know it.

    What is reserved is what Swarm counts: the places of runs, and the reservations of other
    services. CPUs are in processors, memory is in bytes.
    """

    _columns = ("hostname", "role", "state", "availability", "cpus_free", "memory_free", "devices", "engine_version")

    id: str
    hostname: str
    role: str  # "manager" or "worker"
    leader: bool  # of the managers
    state: str  # "ready", "down", "unknown" or "disconnected"
    state_message: str  # why, in Swarm's words; "" for nothing
    availability: str  # "active", "pause" (gets no new runs) or "drain" (loses its tasks as well)
    address: str
    target: str  # how the client reaches its engine
    engine_version: str
    os: str
    architecture: str  # "x86_64"...
    labels: dict[str, str] = field(hash=False)  # those that managers set
    cpus: float
    cpus_reserved: float
    memory: int
    memory_reserved: int
    devices: tuple[NodeDevices, ...]
    raw: dict[str, Any] = field(repr=False, compare=False)  # the engine's own document

    @property
    def cpus_free(self) -> float:
        """Processors that are not reserved."""
        return max(round(self.cpus - self.cpus_reserved, 9), 0.0)

    @property
    def memory_free(self) -> int:
        """Bytes that are not reserved."""
        return max(self.memory - self.memory_reserved, 0)

    @property
    def gpus(self) -> int:
        """How many GPUs it has."""
        return sum(one.total for one in self.devices if one.are_gpus)

    @property
    def gpus_free(self) -> int:
        """How many GPUs are not reserved."""
        return sum(one.free for one in self.devices if one.are_gpus)

    @property
    def schedulable(self) -> bool:
        """Whether it may get runs."""
        return self.state == "ready" and self.availability == "active"


@public
@dataclass(frozen=True)
class WaitingRun(Shown):
    """A run, or a task of another service, that has no node yet."""

    _columns = ("name", "host", "since", "cpus", "memory", "devices", "reason")

    id: str  # of its task
    name: str | None  # of the container that is to run; None for one without a name
    service: str  # the name of the service that stands for it
    host: str | None  # where the program is that waits; None where it is not known
    since: datetime  # in UTC
    cpus: float  # what it asks for; 0 for nothing
    memory: int  # bytes
    devices: dict[str, int] = field(hash=False)  # how many of each kind
    reason: str  # why it waits, in Swarm's words
    raw: dict[str, Any] = field(repr=False, compare=False)  # the engine's own document of the task


def node_of(given: wire.FleetNode) -> FleetNode:
    """Return the view of a node."""
    raw: dict[str, Any] = given["raw"]
    described, spec, status = (raw.get(part) or {} for part in ("Description", "Spec", "Status"))
    manager = raw.get("ManagerStatus") or {}
    resources, platform = described.get("Resources") or {}, described.get("Platform") or {}
    return FleetNode(
        id=raw["ID"],
        hostname=described.get("Hostname") or "",
        role=spec.get("Role") or "",
        leader=bool(manager.get("Leader")),
        state=status.get("State") or "unknown",
        state_message=status.get("Message") or "",
        availability=spec.get("Availability") or "",
        address=status.get("Addr") or "",
        target=given["target"],
        engine_version=(described.get("Engine") or {}).get("EngineVersion") or "",
        os=platform.get("OS") or "",
        architecture=platform.get("Architecture") or "",
        labels=dict(spec.get("Labels") or {}),
        cpus=(resources.get("NanoCPUs") or 0) / _BILLION,
        cpus_reserved=given["nano_cpus"] / _BILLION,
        memory=resources.get("MemoryBytes") or 0,
        memory_reserved=given["memory"],
        devices=tuple(_devices(resources.get("GenericResources") or (), given["devices"])),
        raw=raw,
    )


def _devices(
    resources: Iterable[dict[str, Any]], reserved: Mapping[str, wire.ReservedDevices]
) -> Iterable[NodeDevices]:
    names: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for resource in resources:
        if named := resource.get("NamedResourceSpec"):
            names.setdefault(named["Kind"], []).append(named["Value"])
            counts[named["Kind"]] = counts.get(named["Kind"], 0) + 1
        elif counted := resource.get("DiscreteResourceSpec"):
            counts[counted["Kind"]] = counts.get(counted["Kind"], 0) + int(counted.get("Value") or 0)
    for kind in sorted({*counts, *reserved}):
        used = reserved.get(kind)
        yield NodeDevices(
            kind,
            counts.get(kind, 0),
            used["count"] if used else 0,
            tuple(sorted(names.get(kind, ()))),
            tuple(used["names"]) if used else (),
        )


def waiting_of(given: wire.WaitingRun) -> WaitingRun:
    """Return the view of what waits."""
    raw: dict[str, Any] = given["raw"]
    status, asked = raw.get("Status") or {}, ((raw.get("Spec") or {}).get("Resources") or {}).get("Reservations") or {}
    since = engine_time(raw.get("CreatedAt"))
    if since is None:
        raise ValueError(f"the task {raw['ID']} has no time")
    wanted = (one.get("DiscreteResourceSpec") or {} for one in asked.get("GenericResources") or ())
    return WaitingRun(
        id=raw["ID"],
        name=given["name"] or None,
        service=given["service"],
        host=given["host"] or None,
        since=since,
        cpus=(asked.get("NanoCPUs") or 0) / _BILLION,
        memory=asked.get("MemoryBytes") or 0,
        devices={one["Kind"]: int(one.get("Value") or 0) for one in wanted if one},
        reason=status.get("Err") or status.get("Message") or "",
        raw=raw,
    )
