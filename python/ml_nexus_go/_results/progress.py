"""How far a transfer of bytes is."""

from __future__ import annotations

from typing import NamedTuple

from .documents import public


@public
class Progress(NamedTuple):
    """How far a transfer is. ``total`` is -1 if it is unknown."""

    done: int  # bytes
    total: int  # bytes
    files: int


@public
class Waiting(NamedTuple):
    """A place in a fleet is waited for. ``reason`` is why, in Swarm's words."""

    reason: str
