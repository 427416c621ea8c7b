"""Faults. Each one begins, lasts for a moment, and is repaired before the next one of its side."""

from __future__ import annotations

from collections.abc import Mapping

from .. import clock
from ..world import World
from .client import CLOCK
from .connection import FAULTS as CONNECTION
from .connection import SSHD
from .engine import CONTAINERD, DISK, ENDED, KILLED, RESTARTED, STOPPED
from .fault import Fault

CLIENT = {"clock-set": CLOCK}
ENGINE = {"engine-stopped": STOPPED, "container-killed": KILLED}
OWN_DISK = {"disk-full": DISK}
LIVE_RESTORE = {"engine-restarted": RESTARTED, "containerd-killed": CONTAINERD}
NO_LIVE_RESTORE = {"engine-ended": ENDED}
ALL: dict[str, Fault] = CONNECTION | SSHD | CLIENT | ENGINE | OWN_DISK | LIVE_RESTORE | NO_LIVE_RESTORE


def side_by_side(faults: Mapping[str, Fault]) -> list[dict[str, Fault]]:
    """Separate what can happen at the same time: to connections, and to all else."""
    return [{name: fault for name, fault in faults.items() if (name in CONNECTION) is on} for on in (True, False)]


def of(world: World) -> dict[str, Fault]:
    """Return the faults that this machine, this connection and this engine can have."""
    faults = dict(ENGINE)
    if clock.can_jump():
        faults |= CLIENT
    if world.proxy is not None:
        faults |= CONNECTION
    if world.engine.connection == "ssh":
        faults |= SSHD
    return faults | (LIVE_RESTORE | OWN_DISK if "live" in world.engine.name else NO_LIVE_RESTORE)
