"""Questions: each is answered, whatever happens meanwhile."""

from __future__ import annotations

import random
from contextlib import suppress

from ml_nexus_go import NotFound

from ..world import World, check


async def questions(world: World, token: str, chance: random.Random) -> None:
    """Every question is answered, whatever happens meanwhile."""
    for _ in range(chance.randrange(1, 6)):
        await world.client.ping()
        check(world.box in await world.client.list_containers(), "the list lacks the container")
        check(await world.client.container_is_running(world.box), "the container is said not to run")
        with suppress(NotFound):
            await world.client.inspect_container(token)
            raise AssertionError("a container that never was is there")
