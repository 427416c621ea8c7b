"""What operations on containers return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from .documents import public


@public
class ContainerState(NamedTuple):
    """A container's state; ``status`` is the engine's word, ``running`` for example."""

    exists: bool
    running: bool
    status: str
    id: str


@public
class CreatedContainer(str):
    """A new container; as text, its ID. ``warnings`` are the engine's."""

    __slots__ = ("warnings",)

    warnings: tuple[str, ...]

    def __new__(cls, container_id: str, warnings: tuple[str, ...] = ()) -> CreatedContainer:
        self = super().__new__(cls, container_id)
        self.warnings = tuple(warnings)
        return self


@public
class CopyResult(NamedTuple):
    """What a copy moved."""

    bytes: int
    files: int


@public
class Orphan(NamedTuple):
    """A container of a program that was killed."""

    container_id: str
    name: str
    image: str
    running: bool
    remove: bool  # it was run with --rm
    created: float  # Unix seconds, by the engine's clock
    session: str  # of the client that made it
    host: str  # of the program, as are the next two
    pid: int
    start: float  # Unix seconds, by the machine's clock; 0 means unknown
    uid: int = -1  # -1 means unknown


@public
@dataclass(frozen=True)
class ContainerTop:
    """The processes of a container, each a text for each title, as ``ps`` prints them."""

    titles: tuple[str, ...]
    processes: tuple[tuple[str, ...], ...]


@public
@dataclass(frozen=True)
class ContainerChange:
    """A path of a container that differs from its image."""

    kind: Literal["modified", "added", "deleted"]
    path: str


@public
@dataclass(frozen=True)
class ContainerPruning:
    """What pruning containers removed, by their IDs; ``reclaimed`` is in bytes."""

    deleted: tuple[str, ...]
    reclaimed: int


@public
@dataclass(frozen=True)
class ContainerPort:
    """A port of a container, and where it is on the engine's host; None where it is not there."""

    port: int
    protocol: str  # tcp, udp, sctp
    host_ip: str | None
    host_port: int | None

    def _cell(self) -> str:
        """Return it as docker ps shows it."""
        inside = f"{self.port}/{self.protocol}"
        return inside if self.host_port is None else f"{self.host_ip or ''}:{self.host_port}->{inside}"
