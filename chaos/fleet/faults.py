"""What happens to a fleet. Each fault lasts for a moment, and is repaired before the next one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from tests.support.fleet import Fleet

Fault = Callable[[Fleet, random.Random], Awaitable[None]]


def _ends(action: str) -> Fault:
    async def fault(fleet: Fleet, chance: random.Random) -> None:
        node = chance.choice(fleet.nodes[1:])  # without the only manager nobody could say that a node is lost
        await fleet.do(action, node)
        await asyncio.sleep(chance.uniform(2, 30))
        await fleet.do("start", node)

    return fault


async def _drained(fleet: Fleet, chance: random.Random) -> None:
    node = chance.choice(fleet.nodes)
    for availability in ("drain", "active"):
        await asyncio.to_thread(fleet.docker, None, "node", "update", "--availability", availability, node["node_id"])
        await asyncio.sleep(chance.uniform(2, 10))


async def _restarted(fleet: Fleet, chance: random.Random) -> None:
    await fleet.do(chance.choice(["stop", "kill"]), fleet.nodes[0])
    await asyncio.sleep(chance.uniform(0, 8))
    await fleet.do("start", fleet.nodes[0])


FAULTS: dict[str, tuple[Fault, str]] = {
    "node-killed": (_ends("kill"), "a node's dockerd is killed, and started again later"),
    "node-off": (_ends("off"), "everything on a node ends at once, and starts again later"),
    "node-cut": (_ends("cut"), "a node is cut off, and goes on alone for a while"),
    "node-drained": (_drained, "Swarm takes a node out of service, and back"),
    "manager-restarted": (_restarted, "the only manager's dockerd is stopped or killed, and started again"),
}
CLIENT_KILLED = "client-killed"
