"""Which errors the documentation allows, and after which faults. docs/reliability.md has this table.

An operation makes one of three promises (docs/surviving.md); a fault belongs to one group.
What is not in the table must not happen.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import Enum

from ml_nexus_go import ConnectionLost, DockerError


class Promise(Enum):
    """What an operation promises when its connection or its engine goes away."""

    CONTINUED = "goes on where it was"
    REPEATED = "is repeated until it has succeeded"
    ONCE = "is not sent twice"


class Group(Enum):
    """What kinds of faults have in common."""

    FLAPPING = "breaks every connection again and again"
    SLOW = "takes time only"
    CONNECTION = "ends the connection"
    RESTART = "ends the engine's process; containers go on"
    STOP = "ends the engine and its containers"
    CONTAINERD = "ends containerd, and then the engine's process; containers go on"
    KILLED = "ends a container"
    PROGRAM = "ends the program"
    DISK = "fills the engine's disk"


@dataclass(frozen=True)
class Allowed:
    """Errors after faults of a group: their kind, the reasons they must give (none: any), and why."""

    kind: str
    reasons: frozenset[str]
    why: str

    def covers(self, error: DockerError) -> bool:
        """Return whether the error is of this kind, for one of these reasons."""
        return error.kind == self.kind and (not self.reasons or error.details.get("reason") in self.reasons)


def _lost(why: str) -> Allowed:
    return Allowed(ConnectionLost.kind, frozenset(), why)


def _engine(why: str, *reasons: str) -> Allowed:
    return Allowed("EngineError", frozenset(reasons), why)


_ONCE = _lost("whether it was done, or how it ended, is unknown; the error says what is known")
_UNKNOWN = _lost("it is unknown whether a container was started, or its output is")
_GIVEN_UP = _lost("ten answers in a row broke off within half a second each")
_RESTARTED = _engine("the engine has forgotten how the container ended", "engine_restarted")

_CONTAINERD = _engine("the engine cannot do its work without containerd, and says so")
_FULL = _engine("the engine cannot do its work without space, and says so")
_NO_SPACE = Allowed("BuildFailed", frozenset(), _FULL.why)
_FAILED = Allowed("BuildFailed", frozenset(), _CONTAINERD.why)
_KILLED = Allowed("ContainerNotRunning", frozenset(), "the container does not run any more")

TABLE: Mapping[tuple[Group, Promise], tuple[Allowed, ...]] = {
    (Group.CONNECTION, Promise.ONCE): (_ONCE,),
    (Group.FLAPPING, Promise.ONCE): (_ONCE,),
    (Group.FLAPPING, Promise.REPEATED): (_GIVEN_UP,),
    (Group.RESTART, Promise.ONCE): (_ONCE, _RESTARTED),
    (Group.RESTART, Promise.CONTINUED): (_UNKNOWN, _RESTARTED),
    (Group.CONTAINERD, Promise.ONCE): (_ONCE, _CONTAINERD, _FAILED),
    (Group.CONTAINERD, Promise.CONTINUED): (_UNKNOWN, _CONTAINERD, _FAILED),
    (Group.CONTAINERD, Promise.REPEATED): (_CONTAINERD, _FAILED),
    **{(Group.DISK, promise): (_FULL, _NO_SPACE) for promise in Promise},
    (Group.KILLED, Promise.CONTINUED): (_KILLED,),
    (Group.KILLED, Promise.REPEATED): (_KILLED,),
    (Group.STOP, Promise.ONCE): (_ONCE, _RESTARTED, _KILLED),
    (Group.STOP, Promise.CONTINUED): (_UNKNOWN, _RESTARTED, _KILLED),
    (Group.STOP, Promise.REPEATED): (_KILLED,),
}


def allows(groups: Set[Group], promise: Promise, error: DockerError) -> bool:
    """Return whether an operation with this promise may fail so, after faults of these groups."""
    return any(each.covers(error) for group in groups for each in TABLE.get((group, promise), ()))
