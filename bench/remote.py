"""Work on a remote engine over SSH: at loopback, at 20 ms and at 100 ms round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from ml_nexus_go import connect

from . import operations as do
from .hosts import ALIAS, SSH, remote_kit
from .kit import Kit, command
from .line import AIODOCKER, DOCKER_PY, FLOOR, OURS, TODAY, Contender, Group, Line, Medians, at_most, limit, speed


async def _ours_connect(kit: Kit) -> None:
    async with connect(ALIAS, ssh_config=kit.place.ssh_config) as client:
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
    OURS: _ours_connect, TODAY: _today_connect, DOCKER_PY: _docker_py_connect, AIODOCKER: _aiodocker_connect,
}  # fmt: skip


async def _patient_today_exec(kit: Kit) -> None:
    """Log in again where sshd's MaxStartups refused one of many logins at once."""
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


async def _two_steps(kit: Kit) -> None:
    """Today's copy: rsync to the host, then docker cp there."""
    config, there = kit.place.ssh_config, f"/tmp/{kit.box}-copy"
    await command("rsync", "-a", "-e", f"{SSH} -F {config}", str(kit.folder / "big"), f"{ALIAS}:{there}")
    await kit.today("cp", there, f"{kit.box}:{do.TARGET}")
    await command(SSH, "-F", str(config), ALIAS, "rm", "-f", there)


COPY = {**_pick(do.copy_of("big"), OURS, AIODOCKER, FLOOR), TODAY: _two_steps}
SIXTY = {**_pick(do.execs(60, 20), OURS, FLOOR), TODAY: _sixty_today}
SIXTY_SPEED = (speed(3.0, TODAY),)


def _group(milliseconds: int) -> Group:
    """Add what is measured at every distance."""
    name = f"remote, {milliseconds} ms" if milliseconds else "remote, loopback"
    group = Group(name, partial(remote_kit, milliseconds))
    near, far = milliseconds == 0, milliseconds == 100
    exec_targets = {0: (at_most(0.5, AIODOCKER),), 20: (at_most(0.6, AIODOCKER), at_most(0.25, TODAY))}
    group.line("exec true", do.EXEC, rounds=8 if far else 25, targets=exec_targets.get(milliseconds, ()))
    group.line("run --rm true", do.RUN, rounds=5 if far else 10)
    group.line("list", do.LIST, rounds=5 if far else 15)
    group.line("first connect", CONNECT, rounds=5 if far else 15, targets=(at_most(1.0, TODAY),))
    if far:
        return group
    group.line("60 execs, 20 at once", SIXTY, rounds=3, amount=(60, "execs"), targets=SIXTY_SPEED if near else ())
    group.line("stdout of an exec, 300 MB", do.STDOUT, rounds=4, amount=(do.MEGABYTES, "MB"),
               targets=(speed(1.0, AIODOCKER, TODAY),))  # fmt: skip
    group.line("copy a file of 300 MB in", COPY, rounds=3, amount=(do.MEGABYTES, "MB"), targets=(speed(1.5, TODAY),),
               around=partial(do.something_to_copy, make=do.big_file), after=do.empty_target)  # fmt: skip
    if near:
        group.line("500 execs at once", _pick(do.execs(500, 500), OURS, FLOOR), rounds=2, amount=(500, "execs"))
    return group


near, middle, far = (_group(milliseconds) for milliseconds in (0, 20, 100))
trips = Group("remote, round trips")
GROUPS = [near, middle, far, trips]


def _round_trips(line: str, medians: Medians) -> dict[str, float]:
    """Tell how many round trips wait for each other, by what 80 ms more of each cost."""
    at_20, at_100 = medians.get((middle.name, line), {}), medians.get((far.name, line), {})
    return {name: (at_100[name] - at_20[name]) / 0.08 for name in at_20 if name in at_100}


for line, most in (("exec true", 3.0), ("run --rm true", 5.0), ("list", 1.15)):
    # A sample is not exact to the microsecond: a twentieth of a round trip is allowed.
    target = limit(f"≤ {most:g}", most + (0.05 if most > 2 else 0))
    trips.lines.append(Line(line, {}, unit="round trips", targets=(target,), derive=partial(_round_trips, line)))
trips.lines.append(
    Line("first connect", {}, unit="round trips", targets=(at_most(1.0, TODAY),),
         derive=partial(_round_trips, "first connect"))
)  # fmt: skip
