"""What operations check in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ml_nexus_go import CommandResult, DockerError

from ..allowed import Promise
from ..scripts import Job
from ..world import World, check, check_bytes, check_lines

SIGKILLED = 137


async def once_right(world: World, token: str, job: Job, result: CommandResult, known: str = "") -> None:
    """Check output, exit code and side effect of a command; one that others killed printed a beginning."""
    killed = token in world.killed
    for stream, got in (("out", result.stdout_bytes), ("err", result.stderr_bytes)):
        if killed:
            check_bytes(stream, got, job.output(stream)[: len(got)])
        elif world.was_full(token):  # what was lost with a connection is read from the log
            check(len(got) <= len(job.output(stream)), f"{stream}: {len(got)} bytes")
        elif warned(world, token, result):
            check_lines(stream, got, job.output(stream))
        else:
            check_bytes(stream, got, job.output(stream))
    codes = {job.exit_code, SIGKILLED} if killed else {job.exit_code}
    check(result.exit_code in codes, f"exit code {result.exit_code} instead of {job.exit_code}")
    done = world.times_done(token)
    check(done == 1 or (killed and done == 0), f"done {done} times")


def warned(world: World, token: str, result: CommandResult) -> bool:
    """Return whether the result warns of lost output; it must not do so without a reason.

    Where the engine has had so many events that it cannot be known, nothing may be missing unless it was restarted.
    """
    said = any("the engine was restarted" in warning for warning in result.warnings)
    sure = said and not any("is not known" in warning for warning in result.warnings)
    check(not sure or world.restarted(token), f"warned without a reason: {result.warnings}")
    return said and world.restarted(token)


async def check_excused_run(world: World, token: str, error: DockerError, promise: Promise = Promise.CONTINUED) -> None:
    """Check that a run may fail so, and that it has ended, or the error says that it may still run."""
    world.excuse(token, error, promise)
    check(world.times_done(token) <= 1, f"done {world.times_done(token)} times")
    if error.details.get("may_still_run") or promise is Promise.CONTINUED:
        await world.must("rm", "-f", "-v", token)
    else:
        await is_gone(world, token)


async def is_gone(world: World, token: str, wait: float = 1.0) -> None:
    """Check that no container of this name, and no process in the box with it in its arguments, is left.

    A process takes a moment to end after SIGKILL; one that could not be ended
    (the error said so) is ended by the client later.
    """
    end = asyncio.get_running_loop().time() + wait
    while True:
        left = [f"container {token}"] if await world.exists(token) else []
        top = await world.docker("top", world.box, "-o", "args")
        left += [line for line in top.stdout.splitlines() if token in line]
        if not left:
            return
        if asyncio.get_running_loop().time() > end:
            check(False, f"still there: {left}")
        await asyncio.sleep(0.2)


@asynccontextmanager
async def started(world: World, token: str, job: Job, *options: str) -> AsyncIterator[None]:
    """A container of its own that waits for ``go`` before it does its job; started and removed around all faults."""
    script = f"until [ -e /shared/{token}.go ]; do usleep 50000; done; {job.script}"
    words = ["run", "-d", *options, *world.options(token), "mlng-busybox", "sh", "-c", script]
    await world.must("rm", "-f", "-v", token) if await world.exists(token) else None
    await world.must(*words)
    try:
        yield
    finally:
        await world.must("rm", "-f", "-v", token)


def go(world: World, token: str) -> None:
    """Let the container of started() go on."""
    (world.folder / f"{token}.go").touch()
