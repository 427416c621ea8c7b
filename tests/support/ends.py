"""Ending what may have just ended by itself."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress


def cut(writer: asyncio.StreamWriter) -> None:
    """End a connection at once, unless it has ended already."""
    # Where the rest of the output was sent after close(), asyncio's transport has forgotten
    # its loop, and does not notice by itself that there is nothing left to abort.
    with suppress(AttributeError):
        writer.transport.abort()


def kill(pid: int) -> None:
    """End a process, if it exists."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
