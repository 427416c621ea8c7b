"""Runs: what they print and do is right and done once, whatever happens to the connection."""

from __future__ import annotations

import random

from ml_nexus_go import ConnectionLost, DockerError, EngineError

from ..allowed import Promise
from ..scripts import Job
from ..world import IMAGE, World, check, check_bytes, check_lines
from .checks import SIGKILLED, check_excused_run, once_right, warned

# What engines report for a container whose end they missed, because they were restarted.
UNKNOWN = 255


async def run(world: World, token: str, chance: random.Random) -> None:
    """A run, with and without --rm: exact output and exit code, once."""
    job, remove = Job.by_chance(token, chance), chance.random() < 0.6
    options = world.options(token, *(["--rm"] if remove else []))
    try:
        result = await world.client.run_container(IMAGE, job.script, options, shell=True, check=False)
    except (ConnectionLost, EngineError) as error:
        await check_excused_run(world, token, error)
        return
    await once_right(world, token, job, result)
    check(await world.exists(token) != remove, f"the container is {'still' if remove else 'not'} there")
    if not remove:
        await world.client.remove_container(token, force=True)


async def run_unbroken(world: World, token: str, chance: random.Random) -> None:
    """A run whose output has no lines; random bytes, where the log keeps them (json-file does not)."""
    data = chance.randbytes(chance.choice([1, 70_000, 3_000_000]))
    if world.engine.name.startswith("engine-old") or world.engine.connection != "ssh":
        data = data.hex().encode()
    (world.folder / token).write_bytes(data)
    cat = f"cat /shared/{token}"
    script = f"echo done >>/shared/{token}.done; {cat}; sleep {chance.uniform(0, 3):.2f}; {cat}"
    try:
        result = await world.client.run_container(IMAGE, script, world.options(token, "--rm"), shell=True, check=False)
    except (ConnectionLost, EngineError) as error:
        await check_excused_run(world, token, error)
        return
    if token in world.killed:
        check_bytes("stdout", result.stdout_bytes, (data * 2)[: len(result.stdout_bytes)])
        check(result.exit_code in (0, SIGKILLED), f"exit code {result.exit_code}")
        return
    if not warned(world, token, result) and not world.was_full(token):
        check_bytes("stdout", result.stdout_bytes, data * 2)
    check(result.exit_code == 0 and world.times_done(token) == 1, f"{result!r}, {world.times_done(token)} times")


async def run_with_input(world: World, token: str, chance: random.Random) -> None:
    """A run that reads its input to the end, or stops reading early."""
    data = chance.randbytes(chance.choice([10, 50_000, 2_000_000])).hex().encode()
    most = len(data) if chance.random() < 0.5 else len(data) // 3
    script = f"echo done >>/shared/{token}.done; head -c {most} | sha256sum; sleep {chance.uniform(0, 3):.2f}; exit 3"
    wanted = world.sha256(data[:most]) + "  -\n"
    try:
        result = await world.client.run_container(
            IMAGE, script, world.options(token, "--rm", "-i"), shell=True, check=False, stdin=data
        )
    except (ConnectionLost, EngineError) as error:
        await check_excused_run(world, token, error, Promise.ONCE)
        return
    if token not in world.killed:
        excused = warned(world, token, result) or any("the end of the input" in each for each in result.warnings)
        excused = excused or world.was_full(token)
        check(excused or result == wanted, f"{result!r} instead of {wanted!r}")
        check(result.exit_code == 3 and world.times_done(token) == 1, f"{result!r}, {world.times_done(token)} times")


async def terminal(world: World, token: str, chance: random.Random) -> None:
    """A run with a terminal that is asked a question."""
    name = f"n{chance.randrange(10**6)}"
    script = f"echo done >>/shared/{token}.done; read x; sleep {chance.uniform(0, 2):.2f}; echo got $x; exit 4"
    options = world.options(token, "--rm", "-it")
    try:
        result = await world.client.run_container(
            IMAGE, script, options, shell=True, check=False, stdin=f"{name}\n".encode()
        )
    except (ConnectionLost, EngineError) as error:
        await check_excused_run(world, token, error, Promise.ONCE)
        return
    if token not in world.killed:
        check(
            warned(world, token, result) or world.was_full(token) or result.endswith(f"got {name}\r\n"),
            f"{result!r} lacks {name}",
        )
        check(result.exit_code == 4 and world.times_done(token) == 1, f"{result!r}, {world.times_done(token)} times")


async def followed_log(world: World, token: str, chance: random.Random) -> None:
    """A log that is followed to its end: each line once."""
    job = Job.by_chance(token, chance)
    try:
        await world.client.run_container(IMAGE, job.script, world.options(token, "-d"), shell=True)
    except (ConnectionLost, EngineError) as error:
        await check_excused_run(world, token, error)
        return
    lines = [line async for line in world.client.container_logs(token, follow=True)]
    killed = token in world.killed
    for stream in ("out", "err"):
        mine = b"".join(line for line in lines if line.startswith(b"%s %s " % (token.encode(), stream.encode())))
        wanted = job.output(stream)[: len(mine)] if killed else job.output(stream)
        if not world.was_full(token):
            (check_lines if world.restarted(token) else check_bytes)(f"the log's {stream}", mine, wanted)
    code = await world.client.wait_container(token)
    right = code == job.exit_code or (world.restarted(token) and code == UNKNOWN) or (killed and code == SIGKILLED)
    check(right, f"exit code {code}")
    check(world.times_done(token) == 1 or killed, f"done {world.times_done(token)} times")
    await world.client.remove_container(token, force=True)


async def lifecycle(world: World, token: str, chance: random.Random) -> None:
    """Create, start, rename, pause, stop and remove: each once, and the states are right."""
    client, other = world.client, f"{token}-renamed"
    script = f"echo done >>/shared/{token}.done; trap 'exit 5' TERM; sleep 600 & wait"
    try:
        await client.create_container(IMAGE, ["sh", "-c", script], world.options(token, "--init"))
        await client.start_container(token)
        await world.until(lambda: world.times_done(token) == 1 or token in world.killed, "the start")
        await client.rename_container(token, other)
        check(not await client.container_exists(token), "the old name is still there")
        if chance.random() < 0.5 and not world.killed & {token, other}:
            await client.pause_container(other)
            await client.unpause_container(other)
        await client.stop_container(other, grace_period=20)
        code = await client.wait_container(other)
        right = code in (5, SIGKILLED, 143) if world.killed & {token, other} or world.restarted(token) else code == 5
        check(right or (world.restarted(token) and code == UNKNOWN), f"exit code {code}")
    except DockerError as error:
        if not world.killed & {token, other}:
            world.excuse(token, error, Promise.ONCE)
    for name in (token, other):
        await client.remove_container(name, force=True) if await world.exists(name) else None
        check(not await world.exists(name), f"{name} is still there")
    check(world.times_done(token) <= 1, f"done {world.times_done(token)} times")
