"""Operations that are cancelled, or whose time is up: they have ended, or say that they may not have."""

from __future__ import annotations

import asyncio
import random

from ml_nexus_go import CommandFailed, ConnectionLost, OperationTimeout

from ..allowed import Promise
from ..world import IMAGE, World, check
from .checks import SIGKILLED, is_gone


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
    said = False
    try:
        await task
        raise AssertionError("a cancelled task returned")
    except asyncio.CancelledError as error:
        said = any("may still run" in note for note in getattr(error, "__notes__", []))
    except ConnectionLost as lost:
        world.excuse(token, lost, Promise.ONCE)
        said = bool(lost.details.get("may_still_run"))
    except CommandFailed as ended:
        check_killed(world, token, ended)
    await is_gone(world, token, wait=60.0 if said else 1.0)


async def timed_out(world: World, token: str, chance: random.Random) -> None:
    """A run with a time limit."""
    options = world.options(token, "--rm")
    script = f"echo done >>/shared/{token}.done; sleep 600; echo {token}"
    said = False
    try:
        await world.client.run_container(IMAGE, script, options, shell=True, timeout=chance.uniform(0.2, 3))
        raise AssertionError("the run returned")
    except OperationTimeout as error:
        said = bool(error.details.get("may_still_run"))
    except ConnectionLost as error:
        world.excuse(token, error, Promise.CONTINUED)
        said = bool(error.details.get("may_still_run"))
    except CommandFailed as ended:
        check_killed(world, token, ended)
    await is_gone(world, token, wait=60.0 if said else 1.0)


def check_killed(world: World, token: str, ended: CommandFailed) -> None:
    """Check that others have killed what ended before it was to."""
    check(token in world.killed and ended.exit_code == SIGKILLED, f"it ended with exit code {ended.exit_code}")
