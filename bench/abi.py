"""The C ABI: what a call costs without any engine."""

from __future__ import annotations

import asyncio
import ctypes
import time
from statistics import median

from ml_nexus_go._abi.loops import queue_for
from ml_nexus_go._abi.native import default_path
from ml_nexus_go._calls.call import call
from ml_nexus_go._wire.generated.methods import DEBUG_ECHO

from .kit import Kit
from .line import CTYPES, OURS, Group, limit

abi = Group("abi")
GROUPS = [abi]


async def _one_caller(_: Kit) -> float:
    """Return the median of 2,000 calls in a row."""
    queue, times = queue_for(asyncio.get_running_loop()), []
    queue.acquire()
    for _number in range(2_000):
        began = time.perf_counter()
        await call(queue, 0, DEBUG_ECHO({}))
        times.append(time.perf_counter() - began)
    queue.drop()
    return median(times)


async def _many_callers(_: Kit, callers: int = 256, calls: int = 100) -> float:
    """Return the seconds of one call, of 25,600."""
    queue = queue_for(asyncio.get_running_loop())
    queue.acquire()

    async def caller() -> None:
        for _number in range(calls):
            await call(queue, 0, DEBUG_ECHO({}))

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _number in range(callers)))
    took = time.perf_counter() - began
    queue.drop()
    return took / (callers * calls)


def _empty_calls(_: Kit) -> float:
    """Return the seconds of one call that does nothing, of 25,600: what ctypes takes on this machine."""
    empty = ctypes.PyDLL(str(default_path())).mlng_abi_version
    numbers = range(25_600)
    began = time.perf_counter()
    for _number in numbers:
        empty()
    return (time.perf_counter() - began) / len(numbers)


abi.line("echo, 1 caller", {OURS: _one_caller}, rounds=7, targets=(limit("≤ 150 us", 150e-6),))
abi.line("echo, 256 callers", {OURS: _many_callers, CTYPES: _empty_calls}, rounds=7, amount=(1, "calls"),
         targets=(limit("≥ 100,000 calls/s", 1e-5),))  # fmt: skip
