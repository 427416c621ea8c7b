"""What identifies a client on the engine: labels for what it creates."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from typing import Any


def new_session() -> str:
    """Return a random name for one client."""
    return os.urandom(8).hex()


def owner() -> dict[str, Any]:
    """Return the host, the process ID and the process's start (Unix seconds)."""
    pid = os.getpid()
    return {"host": os.uname().nodename, "pid": pid, "start": _start(pid)}


@lru_cache(maxsize=1)
def _start(pid: int) -> float:
    """When a process started; now, where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            ticks = int(stat.read().rpartition(")")[2].split()[19])
        with open("/proc/stat", encoding="ascii") as lines:
            boot = next(int(line.split()[1]) for line in lines if line.startswith("btime "))
        return boot + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return time.time()
