"""Typed lists of containers: without sizes, which the engine measures only when asked for."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from ml_nexus_go._abi.json import decode
from ml_nexus_go._results.container_documents import container_of

from .kit import IMAGE, Kit
from .line import AIODOCKER, DOCKER_PY, FLOOR, OURS, SIZED, TODAY, Contender, Group, Line, Medians, Target, speed

COUNT = 50
BY_NAME, BY_ID = "containers(), 50 containers", "containers(), 50 of an image's ID"
DECODING = "decoding the answer"


@asynccontextmanager
async def fifty_containers(kit: Kit, by_id: bool = False) -> AsyncIterator[None]:
    """Add fifty containers to the list; with ``by_id`` they are made by their image's ID, not its name."""
    image = (await kit.ours.image(IMAGE)).id if by_id else IMAGE
    names = [f"{kit.box}-{number}" for number in range(COUNT)]
    made = [await kit.aiodocker.containers.create({"Image": image, "Cmd": ["true"]}, name=name) for name in names]
    try:
        yield
    finally:
        for container in made:
            await container.delete()


async def _ours(kit: Kit) -> None:
    assert kit.box in {view.name for view in await kit.ours.containers(all=True)}


async def _ours_sized(kit: Kit) -> None:
    assert kit.box in await kit.ours.list_containers()


async def _today(kit: Kit) -> None:
    shown = "{{.ID}} {{.Names}} {{.Image}} {{.State}} {{.CreatedAt}} {{.Labels}}"
    quoted = f"'{shown}'" if kit.place.ssh_config else shown
    assert kit.box.encode() in await kit.today("ps", "-a", "--no-trunc", "--format", quoted)


def _docker_py(kit: Kit) -> None:
    assert kit.docker_py.containers.list(all=True, sparse=True)


async def _aiodocker(kit: Kit) -> None:
    assert await kit.aiodocker.containers.list(all="true")


async def _floor(kit: Kit) -> float:
    return await kit.floor("views")


async def _decoding(kit: Kit) -> float:
    """From the engine's JSON to typed views, as the client does it after the answer has come."""
    text = json.dumps([view.raw for view in await kit.ours.containers(all=True)], separators=(",", ":"))
    began = time.perf_counter()
    assert len([container_of(row, False) for row in decode(text)]) > COUNT
    return time.perf_counter() - began


VIEWS: dict[str, Contender] = {
    OURS: _ours, TODAY: _today, DOCKER_PY: _docker_py, AIODOCKER: _aiodocker, FLOOR: _floor,
}  # fmt: skip


def add_lists(group: Group, rounds: int, *targets: Target, sized: bool = False) -> None:
    """Add the lines that every distance has; with ``sized`` they show what sizes cost."""
    contenders = {**VIEWS, SIZED: _ours_sized} if sized else VIEWS
    group.line(BY_NAME, contenders, rounds=rounds, around=fifty_containers, targets=targets)
    group.line(BY_ID, contenders, rounds=rounds, around=partial(fifty_containers, by_id=True), targets=targets)


def add_comparisons(group: Group, rounds: int) -> None:
    """Add the lists, what they cost beyond docker's client, and what decoding is of that."""
    add_lists(group, rounds, speed(5, SIZED), sized=True)
    for name in (BY_NAME, BY_ID):
        group.lines.append(Line(f"{name}: beyond the floor", {}, derive=partial(_beyond, group.name, name)))
    group.line(DECODING, {OURS: _decoding}, rounds=rounds, around=fifty_containers)


def _beyond(group: str, name: str, medians: Medians) -> dict[str, float]:
    """Return what we take beyond docker's client, whose time has its own decoding in it."""
    line = medians.get((group, name), {})
    return {OURS: line[OURS] - line[FLOOR]} if OURS in line and FLOOR in line else {}
