"""What identifies a client on the engine: labels for what it creates."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._wire.generated.registry import Owner


def new_session() -> str:
    """Return a random name for one client."""
    return os.urandom(8).hex()


def owner() -> Owner:
    """Return the host and the process ID. The library adds what can prove the process's end."""
    return {"host": os.uname().nodename, "pid": os.getpid(), "start": 0.0}
