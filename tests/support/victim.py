"""The engine that tests may stop, kill and restart, one test at a time."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed.lock import locked

from .bed import Engine
from .program import ROOT


@contextmanager
def victim() -> Iterator[Engine]:
    """The engine, reserved for this test; it runs before and after."""
    with locked(Path(os.environ["MLNG_TESTBED"]).parent / "engine-victim.alone"):
        control("start")
        try:
            yield Engine("engine-victim")
        finally:
            control("start")


def control(action: str) -> None:
    """Stop, start, kill or restart it."""
    argv = [sys.executable, "-m", "testbed", action, "engine-victim"]
    subprocess.run(argv, cwd=ROOT, check=True, capture_output=True)


async def do(action: str) -> None:
    """Like control, without blocking the event loop."""
    await asyncio.to_thread(control, action)
