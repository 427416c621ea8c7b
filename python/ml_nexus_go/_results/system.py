"""What operations on the engine itself return."""

from __future__ import annotations

from typing import NamedTuple


class PingResult(NamedTuple):
    """An engine's answer to a ping."""

    api_version: str  # the negotiated version
    os_type: str
    builder_version: str
