"""Execs: plain ones are lost with their connection, but say so; durable ones are not."""

from __future__ import annotations

import random
import re
from typing import Any

from ml_nexus_go import ConnectionLost, ContainerProcess, DockerError

from ..allowed import Group, Promise
from ..scripts import Job
from ..world import World, check, check_bytes
from .checks import is_gone, once_right

NOT_STARTED = re.compile(rb"(Unavailable: )?connection error: desc = ")


async def execute(world: World, token: str, chance: random.Random) -> None:
    """A plain exec: it may be lost with its connection, but then it was ended, and no output is made up."""
    job = Job.by_chance(token, chance)
    try:
        result = await world.client.exec_container(world.box, job.script, shell=True, check=False)
    except DockerError as lost:
        world.excuse(token, lost, Promise.ONCE)
        check(world.times_done(token) <= 1, f"done {world.times_done(token)} times")
        for stream, got in (("out", lost.stdout_bytes), ("err", lost.stderr_bytes)):
            if Group.CONTAINERD in world.felt(token) and NOT_STARTED.match(got):
                continue  # with the connection it was lost whether the process has said that, or the engine
            check_bytes(f"what was read of {stream}", got, job.output(stream)[: len(got)])
        if not lost.details.get("may_still_run"):
            await is_gone(world, token)
        return
    await once_right(world, token, job, result)


async def durable(world: World, token: str, chance: random.Random) -> None:
    """A durable exec: nothing is lost, however often the client has to reattach."""
    job = Job.by_chance(token, chance)
    seen = {"stdout": bytearray(), "stderr": bytearray()}
    collect: dict[str, Any] = {f"on_{name}": data.extend for name, data in seen.items()}
    exec_id = ""
    while True:
        try:
            if exec_id:
                result = await world.client.reattach_exec(
                    world.box, exec_id, stdout_from=len(seen["stdout"]), stderr_from=len(seen["stderr"]),
                    check=False, **collect,
                )  # fmt: skip
            else:
                result = await world.client.exec_container(
                    world.box, job.script, shell=True, check=False, durable=True, **collect
                )
            break
        except ConnectionLost as lost:
            world.excuse(token, lost, Promise.ONCE)
            exec_id = lost.details.get("exec_id", "")
            if not exec_id:
                check(world.times_done(token) == 0, "an exec that was begun is lost without its ID")
                return
    if not world.was_full(token):
        check_bytes("stdout", bytes(seen["stdout"]), job.output("out"))
        check_bytes("stderr", bytes(seen["stderr"]), job.output("err"))
    check(result.exit_code == job.exit_code, f"exit code {result.exit_code} instead of {job.exit_code}")
    check(world.times_done(token) == 1, f"done {world.times_done(token)} times")


async def stdin(world: World, token: str, chance: random.Random) -> None:
    """Send input to its end, and check what a process does with it."""
    data = b"".join(b"%d\n" % chance.randrange(10**9) for _ in range(chance.choice([1, 5000])))
    process: ContainerProcess | None = None
    try:
        process = await world.client.start_exec(world.box, ["sort", "-n"], ["-i"])
        out, _ = await process.communicate(data)
    except ConnectionLost as lost:
        world.excuse(token, lost, Promise.ONCE)
        return
    check_bytes("what was sorted", out, b"".join(sorted(data.splitlines(keepends=True), key=int)))
    check(process.returncode == 0, f"exit code {process.returncode}")
