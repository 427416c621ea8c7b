"""What is read of containers that others started: attachments, events, measurements."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing

from ml_nexus_go import ConnectionLost, DockerError, EngineError, Event, NotFound

from ..allowed import Promise
from ..scripts import Job
from ..world import IMAGE, LABEL, World, check, check_bytes, check_lines
from .checks import SIGKILLED, check_excused_run, go, started
from .runs import UNKNOWN

ORDER = ("create", "start", "die", "destroy")


async def attach(world: World, token: str, chance: random.Random) -> None:
    """An attachment from before the first output to the end: each byte, and the exit code."""
    job, logs = Job.by_chance(token, chance), chance.random() < 0.5
    async with started(world, token, job):
        try:
            process = await world.client.attach_container(token, logs=logs)
            go(world, token)
            out, err = await process.communicate()
        except DockerError as error:
            world.excuse(token, error, Promise.CONTINUED)
            return
        killed = token in world.killed
        for stream, got in (("out", out), ("err", err)):
            wanted = job.output(stream)[: len(got)] if killed else job.output(stream)
            if not world.was_full(token):
                (check_lines if world.restarted(token) else check_bytes)(stream, got, wanted)
        codes = {job.exit_code} | ({SIGKILLED} if killed else set()) | ({UNKNOWN} if world.restarted(token) else set())
        check(process.returncode in codes, f"exit code {process.returncode} instead of {job.exit_code}")
        check(world.times_done(token) == 1 or killed, f"done {world.times_done(token)} times")


async def events(world: World, token: str, chance: random.Random) -> None:
    """The events of one container, in order and once each; a gap is told where one may be missing."""
    label = f"{LABEL}.one={token}"
    seen: list[Event] = []

    async def follow() -> None:
        async with aclosing(world.client.events({"type": "container", "label": label})) as happening:
            async for event in happening:
                seen.append(event)
                if event.action == "destroy":
                    return

    failed = False
    await world.client.ping()
    watch = asyncio.create_task(follow(), name=f"{token} events")
    try:
        await asyncio.sleep(chance.uniform(0.0, 1.0))
        options = world.options(token, "--rm", "--label", label)
        try:
            await world.client.run_container(IMAGE, ["sleep", f"{chance.uniform(0, 4):.2f}"], options, check=False)
        except (ConnectionLost, EngineError) as error:
            failed = error.kind == EngineError.kind
            await check_excused_run(world, token, error)
        await world.until(lambda: watch.done() or _gap(seen), "the event of the removal, or a gap", 240)
    finally:
        if not watch.done():
            watch.cancel()
        await asyncio.wait([watch])
    if not watch.cancelled():
        watch.result()
    names = [event.action for event in seen if event.action in ORDER]
    check(names == sorted(set(names), key=ORDER.index), f"events out of order or doubled: {names}")
    whole = names == list(ORDER) or (failed and names[-1:] == ["destroy"])  # one that was not started
    check(_gap(seen) or whole, f"events are missing, and no gap is told: {names}")
    check(not _gap(seen) or world.felt(token) != set(), "a gap without a reason")


def _gap(seen: list[Event]) -> bool:
    return any(event.type == "gap" for event in seen)


async def stats(world: World, token: str, chance: random.Random) -> None:
    """Measurements of one container until it ends: newer each time, and of this container."""
    async with started(world, token, Job(token, 0, 0.0, 0)):
        one = chance.random() < 0.5
        stream = world.client.stream_container_stats(token) if one else world.client.stats([token])
        last = None
        killed = None if one else asyncio.create_task(_remove_once_killed(world, token), name=f"{token} removal")
        try:
            async with aclosing(stream) as samples:
                async for sample in samples:
                    check(sample.name == token, f"a measurement of {sample.name}")
                    check(last is None or sample.read > last, f"measured at {sample.read} after {last}")
                    if last is None:
                        await asyncio.sleep(chance.uniform(0, 4))
                        go(world, token)
                        if not one:
                            await world.until(lambda: world.times_done(token) or token in world.killed, "the end")
                            await world.must("rm", "-f", "-v", token)
                    last = sample.read
        except NotFound:
            check(token in world.killed, "a container that nobody has removed is not found")
        finally:
            if killed is not None:
                killed.cancel()
                await asyncio.wait([killed])
        check(last is not None or token in world.killed, "no measurement")


async def _remove_once_killed(world: World, token: str) -> None:
    """Remove a container that others killed, perhaps before it was measured: one that only stopped may be started."""
    while token not in world.killed or await world.exists(token):
        await asyncio.sleep(0.5)
        if token in world.killed:
            await world.must("rm", "-f", "-v", token)
