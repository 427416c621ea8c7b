"""The proof that a process has ended, as Python asks for it."""

from __future__ import annotations

import asyncio
import sys

from ml_nexus_go._calls.processes import process_gone, process_name

NAME = (
    "import asyncio; from ml_nexus_go._calls.processes import process_name; "
    "print(asyncio.run(process_name()), flush=True)"
)


async def test_a_process_is_gone_when_it_has_ended() -> None:
    program = f"{NAME}; input()"
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdin=pipe, stdout=pipe)
    assert process.stdout
    name = (await process.stdout.readline()).decode().strip()
    assert f"/{process.pid}/" in name
    assert not await process_gone(name)
    process.kill()
    await process.wait()
    assert await process_gone(name)


async def test_what_cannot_be_known_counts_as_alive() -> None:
    own = await process_name()
    assert not await process_gone(own)
    for unknown in ("", "gpu7/4242/1764250000.120", own.replace("/pid:", "/pid:9"), own.replace("linux/", "linux/0")):
        assert not await process_gone(unknown)
