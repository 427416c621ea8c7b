"""A program that is killed by SIGKILL: another one reads its durable exec on, and ends its run."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from contextlib import suppress
from pathlib import Path

from ml_nexus_go import CommandResult, ConnectionLost, NotFound
from tests.support.program import ROOT, environment

from ..allowed import Promise
from ..scripts import Job
from ..world import IMAGE, World, check, check_bytes

# Keeps what it reads of a durable exec in a file, and begins a run meanwhile.
PROGRAM = """
import asyncio, json, sys
from ml_nexus_go import connect

async def main(about):
    async with connect(about["target"], reconnect_timeout=about["seconds"], **about["keywords"]) as client:
        process = await client.start_exec(about["box"], ["sh", "-c", about["script"]], durable=True)
        print(process.exec_id, flush=True)
        run = asyncio.ensure_future(client.run_container(about["image"], ["sleep", "600"], about["options"]))
        with open(about["seen"], "ab", buffering=0) as seen:
            while data := await process.stdout.read(4096):
                seen.write(data)
        await run

asyncio.run(main(json.loads(sys.argv[1])))
"""


async def killed_program(world: World, token: str, chance: random.Random) -> None:
    """Kill a program, and go on where it was: each byte once, and its run is an orphan that can be reaped."""
    job, seen = Job.by_chance(token, chance), world.folder / f"{token}.seen"
    target, keywords = world.way()
    about = {
        "target": target, "keywords": keywords, "seconds": 120, "box": world.box, "script": job.script, "image": IMAGE,
        "options": world.options(token, "--rm"), "seen": str(seen),
    }  # fmt: skip
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, json.dumps(about),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=environment(), cwd=ROOT,
    )  # fmt: skip
    assert program.stdout is not None
    exec_id = (await program.stdout.readline()).decode().strip()
    await asyncio.sleep(chance.uniform(0, 3))
    with world.history.fault("program-killed"):
        with suppress(ProcessLookupError):  # its connection was lost for good
            program.kill()
        await program.wait()
    if exec_id:
        await _read_on(world, token, job, exec_id, seen)
    await _reap(world, token)


async def _read_on(world: World, token: str, job: Job, exec_id: str, seen: Path) -> None:
    data = bytearray(await asyncio.to_thread(_content, seen))
    result: CommandResult | None = None
    while True:
        try:
            result = await world.client.reattach_exec(
                world.box, exec_id, stdout_from=len(data), check=False, on_stdout=data.extend
            )
            break
        except ConnectionLost as lost:
            world.excuse(token, lost, Promise.ONCE)
        except NotFound:  # the program had read everything, or was killed before the engine began
            if not data and world.times_done(token) == 0:
                return
            break
    if not world.was_full(token):
        check_bytes("what was read", bytes(data), job.output("out"))
    if result is None:
        return
    check(result.exit_code == job.exit_code, f"exit code {result.exit_code} instead of {job.exit_code}")
    check(world.times_done(token) == 1, f"done {world.times_done(token)} times")


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


async def _reap(world: World, token: str) -> None:
    end = asyncio.get_running_loop().time() + 60
    while await world.exists(token):
        reaped = [orphan.name for orphan in await world.client.reap()]
        if token in reaped:
            check(not await world.exists(token), "it was reaped, and is still there")
        check(asyncio.get_running_loop().time() < end, "the run of a killed program is no orphan")
        await asyncio.sleep(0.5)
