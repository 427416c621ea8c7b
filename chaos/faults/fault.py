"""What a fault is: a cause that begins, lasts for a moment, and is repaired before the next one."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from ..allowed import Group
from ..world import World

Cause = Callable[[World, random.Random], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Fault:
    """Something that happens to a connection, an engine, a container or a disk."""

    cause: Cause
    group: Group
    about: str  # for docs/reliability.md


async def testbed(verb: str, name: str) -> None:
    """Stop, start or kill a part of the testbed."""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "testbed", verb, name], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"testbed {verb} {name}: {done.stderr}")
