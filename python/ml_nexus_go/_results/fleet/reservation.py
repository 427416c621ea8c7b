"""What is held in a fleet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..documents import public


@public
@dataclass(frozen=True)
class Reservation:
    """What a place holds, and on which node."""

    node: str  # its host name
    gpus: tuple[str, ...]  # by the names that --gpus device= takes
    devices: Mapping[str, tuple[str, ...]]  # those of other kinds, by kind
