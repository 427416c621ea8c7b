"""Faults. Each one begins, lasts for a moment, and is repaired before the next one."""

from __future__ import annotations

from ..allowed import Group
from ..world import World
from .connection import FAULTS as CONNECTION
from .connection import SSHD
from .engine import CONTAINERD, ENDED, KILLED, RESTARTED, STOPPED
from .fault import Fault

ENGINE = {"engine-stopped": STOPPED, "container-killed": KILLED, "containerd-killed": CONTAINERD}
LIVE_RESTORE = {"engine-restarted": RESTARTED}
NO_LIVE_RESTORE = {"engine-ended": ENDED}
ALL: dict[str, Fault] = CONNECTION | SSHD | ENGINE | LIVE_RESTORE | NO_LIVE_RESTORE


def usual(faults: dict[str, Fault]) -> dict[str, Fault]:
    """Leave out what the checker does not know enough about: engines answer what they like without containerd."""
    return {name: fault for name, fault in faults.items() if fault.group is not Group.CONTAINERD}


def of(world: World) -> dict[str, Fault]:
    """Return the faults that this connection and this engine can have."""
    faults = dict(ENGINE)
    if world.proxy is not None:
        faults |= CONNECTION
    if world.engine.connection == "ssh":
        faults |= SSHD
    return faults | (LIVE_RESTORE if "live" in world.engine.name else NO_LIVE_RESTORE)
