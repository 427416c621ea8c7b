"""Work on a remote engine over SSH: at loopback, at 20 ms and at 100 ms round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from ml_nexus_go import connect
from testbed import load_state

from . import operations as do
from .hosts import ALIAS, SSH, remote_kit
from .kit import ENGINE, Kit, command
from .line import (
    AIODOCKER,
    DOCKER_PY,
    FLOOR,
    OURS,
    TODAY,
    WHALES,
    Contender,
    Group,
    Line,
    Medians,
    Target,
    at_most,
    limit,
    speed,
)
from .lists import add_lists
from .small_files import READ, small_file


async def _ours_connect(kit: Kit) -> None:
    """Connect to a host whose engine is not at the usual place, so that the client has to look for it."""
    async with connect(ALIAS, ssh_config=kit.place.ssh_config) as client:
        await client.ping()


async def _ours_connect_to_socket(kit: Kit) -> None:
    """Connect to an engine whose socket is known."""
    url = kit.place.url + load_state()[ENGINE]["socket"]
    async with connect(url, ssh_config=kit.place.ssh_config) as client:
        await client.ping()


async def _today_connect(kit: Kit) -> None:
    await command(SSH, "-F", str(kit.place.ssh_config), ALIAS, "true")


def _docker_py_connect(kit: Kit) -> None:
    import docker  # noqa: PLC0415

    client = docker.DockerClient(kit.place.url)
    client.ping()
    client.close()


async def _aiodocker_connect(kit: Kit) -> None:
    import aiodocker  # noqa: PLC0415

    async with aiodocker.Docker(kit.place.url) as client:
        await client.version()


CONNECT: dict[str, Contender] = {
    OURS: _ours_connect_to_socket, TODAY: _today_connect, DOCKER_PY: _docker_py_connect, AIODOCKER: _aiodocker_connect,
}  # fmt: skip

LOOK: dict[str, Contender] = {OURS: _ours_connect, TODAY: _today_connect}


async def _patient_today_exec(kit: Kit) -> None:
    """Log in again if sshd's MaxStartups refused one of many concurrent logins."""
    while True:
        process = await asyncio.create_subprocess_exec(
            *kit.place.today, "exec", kit.box, "true", stderr=asyncio.subprocess.DEVNULL
        )
        if await process.wait() == 0:
            return


async def _sixty_today(kit: Kit) -> None:
    places = asyncio.Semaphore(20)

    async def one() -> None:
        async with places:
            await _patient_today_exec(kit)

    await asyncio.gather(*(one() for _ in range(60)))


def _pick(contenders: Mapping[str, Contender], *names: str) -> dict[str, Contender]:
    return {name: contenders[name] for name in names}


def _without(contenders: Mapping[str, Contender], *names: str) -> dict[str, Contender]:
    return {name: contender for name, contender in contenders.items() if name not in names}


async def _two_steps(kit: Kit) -> None:
    """Today's copy: rsync to the host, then docker cp there."""
    config, there = kit.place.ssh_config, f"/tmp/{kit.box}-copy"
    await command("rsync", "-a", "-e", f"{SSH} -F {config}", str(kit.folder / "big"), f"{ALIAS}:{there}")
    await kit.today("cp", there, f"{kit.box}:{do.TARGET}")
    await command(SSH, "-F", str(config), ALIAS, "rm", "-f", there)


COPY = {**_pick(do.copy_of("big"), OURS, AIODOCKER, FLOOR), TODAY: _two_steps}
SIXTY = {**_pick(do.execs(60, 20), OURS, FLOOR), TODAY: _sixty_today}
SIXTY_SPEED = (speed(3.0, TODAY),)


def _group(name: str, milliseconds: int) -> Group:
    """Make a group at a latency, with the lines that every latency has."""
    group = Group(name, partial(remote_kit, milliseconds))
    rounds = 3 if milliseconds > 100 else 5 if milliseconds > 20 else 15
    exec_targets = {0: (at_most(0.5, AIODOCKER),), 20: (at_most(0.6, AIODOCKER), at_most(0.25, TODAY))}
    group.line("exec true", do.EXEC, rounds=rounds, targets=exec_targets.get(milliseconds, ()))
    group.line("run --rm true", do.RUN, rounds=min(rounds, 8))
    group.line("list", do.LIST, rounds=rounds)
    group.line("read a file of 1 KB", READ, rounds=rounds, around=small_file)
    connect_targets = (at_most(1.0, TODAY),) if milliseconds <= 100 else ()
    group.line("first connect", CONNECT, rounds=rounds, targets=connect_targets)
    group.line("first connect, socket looked for", LOOK, rounds=rounds)
    return group


def _add_bulk(group: Group, sixty_targets: tuple[Target, ...] = ()) -> None:
    group.line("60 execs, 20 at once", SIXTY, rounds=3, amount=(60, "execs"), targets=sixty_targets)
    group.line("stdout of an exec, 300 MB", do.STDOUT, rounds=4, amount=(do.MEGABYTES, "MB"),
               targets=(speed(1.0, AIODOCKER, TODAY),))  # fmt: skip
    group.line("copy a file of 300 MB in", COPY, rounds=3, amount=(do.MEGABYTES, "MB"), targets=(speed(1.5, TODAY),),
               around=partial(do.something_to_copy, make=do.big_file), after=do.empty_target)  # fmt: skip


# So far away that a round trip dominates everything else the machine does.
FAR, FAR_AWAY = 100, 400
near, middle, far, very_far = (
    _group("remote, loopback", 0), _group("remote, 20 ms", 20), _group(f"remote, {FAR} ms", FAR),
    _group(f"remote, {FAR_AWAY} ms", FAR_AWAY),
)  # fmt: skip
_add_bulk(near, SIXTY_SPEED)
_add_bulk(middle)
add_lists(middle, 15, at_most(1.05, FLOOR))
near.line("500 execs at once", _pick(do.execs(500, 500), OURS), rounds=2, amount=(500, "execs"))

very_far.lines = [replace(line, contenders=_without(line.contenders, DOCKER_PY, WHALES)) for line in very_far.lines]
trips = Group("remote, round trips")
GROUPS = [near, middle, far, very_far, trips]


def _round_trips(line: str, medians: Medians) -> dict[str, float]:
    """Return how many round trips wait for each other: what more latency adds.

    Both are so far away that work which overlaps with a travelling packet is hidden.
    """
    nearer, farther = medians.get((far.name, line), {}), medians.get((very_far.name, line), {})
    return {name: (farther[name] - nearer[name]) / ((FAR_AWAY - FAR) / 1000) for name in nearer if name in farther}


for name, targets in (  # with a little room for the machine's noise
    ("exec true", (limit("≤ 3", 3.1),)),
    ("run --rm true", (limit("≤ 5", 5.1),)),
    ("list", (limit("≤ 1.15", 1.15),)),
    ("read a file of 1 KB", (limit("≤ 1.15", 1.15),)),
    ("first connect", (at_most(1.0, TODAY),)),
    ("first connect, socket looked for", ()),
):
    trips.lines.append(Line(name, {}, unit="", targets=targets, derive=partial(_round_trips, name)))
