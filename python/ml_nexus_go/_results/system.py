"""What operations on the engine itself return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .containers import ContainerPruning
from .documents import public
from .images import ImagePruning
from .volumes import VolumePruning


@public
class PingResult(NamedTuple):
    """An engine's answer to a ping."""

    api_version: str  # the negotiated version
    os_type: str
    builder_version: str


@public
@dataclass(frozen=True)
class BuildCachePruning:
    """The IDs of the records that were removed (with ``dry_run``: would be), and their size in bytes."""

    deleted: tuple[str, ...]
    reclaimed: int


@public
@dataclass(frozen=True)
class SystemPruning:
    """What pruning everything removed of each kind (with ``dry_run``: would remove)."""

    containers: ContainerPruning
    networks: tuple[str, ...]
    volumes: VolumePruning
    images: ImagePruning
    build_cache: BuildCachePruning

    @property
    def reclaimed(self) -> int:
        """The size of everything, in bytes."""
        return sum(one.reclaimed for one in (self.containers, self.volumes, self.images, self.build_cache))
