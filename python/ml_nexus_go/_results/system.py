"""What operations on the engine itself return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class PingResult(NamedTuple):
    """An engine's answer to a ping."""

    api_version: str  # the negotiated version
    os_type: str
    builder_version: str


@dataclass(frozen=True)
class BuildCachePruning:
    """The IDs of the records that were removed (with ``dry_run``: would be), and their size in bytes."""

    deleted: tuple[str, ...]
    reclaimed: int
