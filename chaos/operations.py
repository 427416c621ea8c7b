"""What users do. Each operation checks its own answer and its side effects, and removes what it made."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ml_nexus_go import (
    CommandResult,
    ConnectionLost,
    ContainerProcess,
    DockerError,
    EngineError,
    NotFound,
    OperationTimeout,
)

from .scripts import Job
from .world import IMAGE, World, check, check_bytes, check_lines

Operation = Callable[[World, str, random.Random], Awaitable[None]]


# What engines report for a container whose end they missed, because they were restarted.
UNKNOWN = 255


async def run(world: World, token: str, chance: random.Random) -> None:
    """A run, with and without --rm: exact output and exit code, once."""
    job, remove = Job.by_chance(token, chance), chance.random() < 0.6
    options = world.options(token, *(["--rm"] if remove else []))
    try:
        result = await world.client.run_container(IMAGE, job.script, options, shell=True, check=False)
    except (ConnectionLost, EngineError) as error:
        await _check_blames_restart(world, token, error)
        return
    _check_result(world, job, result)
    check(await world.exists(token) != remove, f"the container is {'still' if remove else 'not'} there")
    if not remove:
        await world.client.remove_container(token, force=True)


async def run_unbroken(world: World, token: str, chance: random.Random) -> None:
    """A run whose output has no lines; random bytes, where the log keeps them (json-file does not)."""
    data = chance.randbytes(chance.choice([1, 70_000, 3_000_000]))
    if world.engine.name == "engine-old":
        data = data.hex().encode()
    (world.folder / token).write_bytes(data)
    cat = f"cat /shared/{token}"
    script = f"echo done >>/shared/{token}.done; {cat}; sleep {chance.uniform(0, 3):.2f}; {cat}"
    try:
        result = await world.client.run_container(IMAGE, script, world.options(token, "--rm"), shell=True, check=False)
    except (ConnectionLost, EngineError) as error:
        await _check_blames_restart(world, token, error)
        return
    if not _warned(world, result):
        check_bytes("stdout", result.stdout_bytes, data * 2)
    check(result.exit_code == 0 and world.times_done(token) == 1, f"{result!r}, {world.times_done(token)} times")


async def execute(world: World, token: str, chance: random.Random) -> None:
    """A plain exec: it may be lost with its connection, but then it was ended, and no output is made up."""
    job = Job.by_chance(token, chance)
    try:
        result = await world.client.exec_container(world.box, job.script, shell=True, check=False)
    except ConnectionLost as lost:
        world.lost(lost)
        check(world.times_done(token) <= 1, f"done {world.times_done(token)} times")
        for stream, got in (("out", lost.stdout_bytes), ("err", lost.stderr_bytes)):
            check_bytes(f"what was read of {stream}", got, job.output(stream)[: len(got)])
        if not lost.details.get("may_still_run"):
            await _is_gone(world, token)
        return
    _check_result(world, job, result)


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
            world.lost(lost)
            exec_id = lost.details.get("exec_id", "")
            if not exec_id:
                check(world.times_done(token) == 0, "an exec that was begun is lost without its ID")
                return
    check_bytes("stdout", bytes(seen["stdout"]), job.output("out"))
    check_bytes("stderr", bytes(seen["stderr"]), job.output("err"))
    check(result.exit_code == job.exit_code, f"exit code {result.exit_code} instead of {job.exit_code}")
    check(world.times_done(token) == 1, f"done {world.times_done(token)} times")


async def followed_log(world: World, token: str, chance: random.Random) -> None:
    """A log that is followed to its end: each line once."""
    job = Job.by_chance(token, chance)
    try:
        await world.client.run_container(IMAGE, job.script, world.options(token, "-d"), shell=True)
    except (ConnectionLost, EngineError) as error:
        await _check_blames_restart(world, token, error)
        return
    lines = [line async for line in world.client.container_logs(token, follow=True)]
    for stream in ("out", "err"):
        mine = b"".join(line for line in lines if line.startswith(b"%s %s " % (token.encode(), stream.encode())))
        (check_lines if world.restarts else check_bytes)(f"the log's {stream}", mine, job.output(stream))
    code = await world.client.wait_container(token)
    check(code == job.exit_code or (world.restarts > 0 and code == UNKNOWN), f"exit code {code}")
    check(world.times_done(token) == 1, f"done {world.times_done(token)} times")
    await world.client.remove_container(token, force=True)


async def copies(world: World, token: str, chance: random.Random) -> None:
    """A file into a container, and out again."""
    data = chance.randbytes(chance.choice([0, 1000, 2_000_000]))
    source, back = world.folder / f"{token}.in", world.folder / f"{token}.back"
    source.write_bytes(data)
    await world.client.copy_to_container(source, world.box, f"/root/{token}")
    await world.client.copy_from_container(world.box, f"/root/{token}", back)
    check_bytes("the copy", back.read_bytes(), data)


async def upload(world: World, token: str, chance: random.Random) -> None:
    """Upload a file to the host, and download it again."""
    data = chance.randbytes(chance.choice([0, 1000, 5_000_000]))
    source, there, back = (world.folder / f"{token}.{end}" for end in ("in", "host", "back"))
    source.write_bytes(data)
    await world.client.upload_to_host(source, there)
    check_bytes("the upload", there.read_bytes(), data)
    await world.client.download_from_host(there, back)
    check_bytes("the download", back.read_bytes(), data)
    await world.client.delete_on_host(there)
    check(not there.exists(), f"{there} is still there")


async def sync(world: World, token: str, chance: random.Random) -> None:
    """A folder that changes between syncs: afterwards both sides are equal."""
    source, there = world.folder / f"{token}.src", world.folder / f"{token}.dst"
    source.mkdir()
    for _ in range(3):
        _change(source, chance)
        await world.client.sync_to_host(source, there, delete=True)
        wanted = {path.relative_to(source): path.read_bytes() for path in source.rglob("*") if path.is_file()}
        got = {path.relative_to(there): path.read_bytes() for path in there.rglob("*") if path.is_file()}
        check(set(got) == set(wanted), f"files {sorted(map(str, set(got) ^ set(wanted)))} are on one side only")
        for path, data in wanted.items():
            check_bytes(str(path), got[path], data)


def _change(folder: Path, chance: random.Random) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and chance.random() < 0.2:
            path.unlink()
    for _ in range(chance.randrange(1, 60)):
        path = folder / f"d{chance.randrange(4)}" / f"f{chance.randrange(80)}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(chance.randbytes(chance.choice([0, 10, 5000, 200_000])))


async def cancelled(world: World, token: str, chance: random.Random) -> None:
    """A run or an exec that is cancelled: it is ended, or the error says that it may still run."""
    of_box = chance.random() < 0.5
    script = f"echo done >>/shared/{token}.done; sleep 600; echo {token}"
    work = (
        world.client.exec_container(world.box, script, shell=True)
        if of_box
        else world.client.run_container(IMAGE, script, world.options(token, "--rm"), shell=True)
    )
    task = asyncio.ensure_future(work)
    await asyncio.sleep(chance.uniform(0, 3))
    task.cancel()
    try:
        await task
        raise AssertionError("a cancelled task returned")
    except asyncio.CancelledError as error:
        said = any("may still run" in note for note in getattr(error, "__notes__", []))
    except ConnectionLost as lost:
        world.lost(lost)
        said = bool(lost.details.get("may_still_run"))
    await _is_gone(world, token, wait=60.0 if said else 1.0)


async def timed_out(world: World, token: str, chance: random.Random) -> None:
    """A run with a time limit."""
    options = world.options(token, "--rm")
    script = f"echo done >>/shared/{token}.done; sleep 600; echo {token}"
    said = False
    try:
        await world.client.run_container(IMAGE, script, options, shell=True, timeout=chance.uniform(0.2, 3))
        raise AssertionError("the run returned")
    except (OperationTimeout, ConnectionLost) as error:
        said = bool(error.details.get("may_still_run"))
    await _is_gone(world, token, wait=60.0 if said else 1.0)


async def stdin(world: World, token: str, chance: random.Random) -> None:
    """Send input to its end, and check what a process does with it."""
    data = b"".join(b"%d\n" % chance.randrange(10**9) for _ in range(chance.choice([1, 5000])))
    process: ContainerProcess | None = None
    try:
        process = await world.client.start_exec(world.box, ["sort", "-n"], ["-i"])
        out, _ = await process.communicate(data)
    except ConnectionLost as lost:
        world.lost(lost)
        return
    check_bytes("what was sorted", out, b"".join(sorted(data.splitlines(keepends=True), key=int)))
    check(process.returncode == 0, f"exit code {process.returncode}")


async def questions(world: World, token: str, chance: random.Random) -> None:
    """Every question is answered, whatever happens meanwhile."""
    for _ in range(chance.randrange(1, 6)):
        await world.client.ping()
        check(world.box in await world.client.list_containers(), "the list lacks the container")
        check(await world.client.container_is_running(world.box), "the container is said not to run")
        with suppress(NotFound):
            await world.client.inspect_container(token)
            raise AssertionError("a container that never was is there")


OPERATIONS: dict[str, Operation] = {
    each.__name__.replace("_", "-"): each
    for each in (
        run, run_unbroken, execute, durable, followed_log, copies, upload, sync, cancelled, timed_out, stdin, questions
    )
}  # fmt: skip


def _check_result(world: World, job: Job, result: CommandResult) -> None:
    for stream, got in (("out", result.stdout_bytes), ("err", result.stderr_bytes)):
        if _warned(world, result):
            check_lines(stream, got, job.output(stream))
        else:
            check_bytes(stream, got, job.output(stream))
    check(result.exit_code == job.exit_code, f"exit code {result.exit_code} instead of {job.exit_code}")
    check(world.times_done(job.token) == 1, f"done {world.times_done(job.token)} times")


def _warned(world: World, result: CommandResult) -> bool:
    """Return whether the result warns of lost output; it must not do so without a reason."""
    warned = any("the engine was restarted" in warning for warning in result.warnings)
    check(not warned or world.restarts > 0, f"warned without a reason: {result.warnings}")
    return warned


async def _check_blames_restart(world: World, token: str, error: DockerError) -> None:
    """Check that a run failed because of a restarted engine, and has ended, or the error says that it may still run."""
    if world.restarts == 0:
        raise error
    world.lost(error)
    check(world.times_done(token) <= 1, f"done {world.times_done(token)} times")
    if error.details.get("may_still_run"):
        await world.docker("rm", "-f", token)
    else:
        check(error.details.get("reason") == "engine_restarted" or "restarted" in str(error), f"{error}")


async def _is_gone(world: World, token: str, wait: float = 1.0) -> None:
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
