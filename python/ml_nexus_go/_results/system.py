"""What operations on the engine itself return."""

from __future__ import annotations

from typing import NamedTuple


class PingResult(NamedTuple):
    """What an engine says about itself without being asked for details."""

    api_version: str  # the one negotiated
    os_type: str
    builder_version: str
