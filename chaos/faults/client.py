"""Faults of the client's own machine."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .. import clock
from ..allowed import Group
from ..world import World
from .fault import Fault

MINUTE, HOUR, DAY = 60, 3600, 86400


@asynccontextmanager
async def _clock_set(world: World, chance: random.Random) -> AsyncIterator[None]:
    # Not before the day on which the certificates of the testbed begin.
    jumps = [MINUTE, HOUR, DAY] + ([-MINUTE, -HOUR, -DAY] if world.engine.connection != "tls" else [])
    clock.set_ahead(chance.choice(jumps))
    try:
        yield
    finally:
        clock.set_ahead(0)


CLOCK = Fault(_clock_set, Group.SLOW, "the client's clock jumps by a minute, an hour or a day, and back")
