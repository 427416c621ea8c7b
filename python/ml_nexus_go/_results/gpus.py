"""GPUs of the engine's host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .documents import public
from .tables import Shown

if TYPE_CHECKING:
    from .._wire.generated import system as wire


@public
@dataclass(frozen=True)
class GPUProcess:
    """A program that uses a GPU."""

    pid: int  # on the host
    name: str
    memory: int  # bytes


@public
@dataclass(frozen=True)
class GPU(Shown):
    """A GPU of the engine's host. None is what the host does not tell."""

    _columns = ("index", "name", "memory_used", "memory_total", "utilization", "uuid")

    index: int | None
    uuid: str | None  # "GPU-..."
    name: str | None
    memory_total: int | None  # bytes
    memory_used: int | None  # bytes
    utilization: int | None  # percent, of the time lately
    processes: tuple[GPUProcess, ...] | None
    device: str  # what RunOptions(gpus=[...]) takes: the UUID, or the name of a CDI device

    @property
    def memory_free(self) -> int | None:
        """Bytes."""
        if self.memory_total is None or self.memory_used is None:
            return None
        return self.memory_total - self.memory_used


def gpu_of(fields: wire.GPU) -> GPU:
    """Return what nvidia-smi has said."""
    processes = tuple(GPUProcess(one["pid"], one["name"], one["memory"]) for one in fields["processes"])
    return GPU(
        fields["index"],
        fields["uuid"],
        fields["name"],
        fields["memory_total"],
        fields["memory_used"],
        fields["utilization"],
        processes,
        fields["uuid"],
    )


def gpus_of_engine(info: dict[str, Any]) -> list[GPU]:
    """Return what the engine knows of its GPUs: the CDI devices that it has found (API 1.50)."""
    devices = [str(one.get("ID", "")) for one in info.get("DiscoveredDevices") or [] if one.get("Source") == "cdi"]
    found = []
    for device in devices:
        kind, _, name = device.partition("=")
        if kind.endswith("/gpu") and name != "all":
            found.append(GPU(int(name) if name.isdecimal() else None, None, None, None, None, None, None, device))
    return sorted(found, key=lambda one: (one.index is None, one.index or 0, one.device))
