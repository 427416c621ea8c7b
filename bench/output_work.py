"""What large output costs the program that reads it, in seconds of its own processor time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from .kit import Kit
from .line import AIODOCKER, OURS, Contender, Group, at_most
from .operations import MEGABYTES, PRINT, aiodocker_exec


def _work_of(read: Callable[[Kit], Awaitable[int]]) -> Contender:
    async def sample(kit: Kit) -> float:
        before = time.process_time()
        size = await read(kit)
        used = time.process_time() - before
        assert size == MEGABYTES << 20
        return used

    return sample


async def _ours_by_callback(kit: Kit) -> int:
    sizes: list[int] = []
    await kit.ours.exec_container(kit.box, PRINT, on_stdout=lambda data: sizes.append(len(data)))
    return sum(sizes)


async def _ours_by_reader(kit: Kit) -> int:
    process = await kit.ours.start_exec(kit.box, PRINT)
    output = await process.stdout.read()
    await process.wait()
    return len(output)


async def _ours_collected(kit: Kit) -> int:
    return len((await kit.ours.exec_container(kit.box, PRINT)).stdout_bytes)


async def _aiodocker_by_callback(kit: Kit) -> int:
    sizes: list[int] = []
    await aiodocker_exec(kit, PRINT, lambda data: sizes.append(len(data)))
    return sum(sizes)


async def _joined(kit: Kit) -> bytes:
    parts: list[bytes] = []
    await aiodocker_exec(kit, PRINT, parts.append)
    return b"".join(parts)


async def _aiodocker_by_reader(kit: Kit) -> int:
    return len(await _joined(kit))


async def _aiodocker_collected(kit: Kit) -> int:
    output = await _joined(kit)
    text = output.decode("utf-8", "replace")  # a result of ours is text as well
    assert len(text) == len(output)
    return len(output)


WAYS = {
    "on_stdout": (_ours_by_callback, _aiodocker_by_callback),
    "stdout.read()": (_ours_by_reader, _aiodocker_by_reader),
    "bytes and text": (_ours_collected, _aiodocker_collected),
}


def add_output_work(group: Group, rounds: int) -> None:
    """Add a line for each way to read."""
    for way, (ours, aiodocker) in WAYS.items():
        contenders = {OURS: _work_of(ours), AIODOCKER: _work_of(aiodocker)}
        group.line(f"processor time of 300 MB of output, {way}", contenders, rounds=rounds,
                   targets=(at_most(1.0, AIODOCKER),))  # fmt: skip
