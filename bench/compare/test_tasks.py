"""Each task of docs/compare.md, done by each client that can, on real engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from importlib import import_module

import pytest

from .listing import CLIENTS, TASKS
from .stage import Stage, open_stage


@pytest.fixture(scope="session")
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


def cases() -> list[tuple[str, str]]:
    modules = {name: import_module(f"bench.compare.tasks.{name}") for name in TASKS}
    return [(name, who) for name in TASKS for who in CLIENTS if who not in getattr(modules[name], "CANNOT", {})]


@pytest.mark.parametrize(("task", "who"), cases())
async def test_the_task_is_done(stage: Stage, task: str, who: str) -> None:
    module = import_module(f"bench.compare.tasks.{task}")
    stage.who, stage.on_other = who, False
    await module.check(stage, partial(stage.run, getattr(module, who)))
