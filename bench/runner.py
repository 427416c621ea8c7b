"""Runs lines: the contenders take turns within each round, in an order that differs from round to round."""

from __future__ import annotations

import asyncio
import gc
import math
import random
import re
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from inspect import isawaitable

from .kit import Kit
from .line import Contender, Group, Line, Medians, medians_of
from .log import say

SAMPLE_LIMIT = 300.0  # seconds; a contender that takes longer is left out


@dataclass
class Result:
    """What a line's contenders did; ``failures`` says why one has no samples."""

    group: str
    line: Line
    samples: dict[str, list[float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def medians(self) -> dict[str, float]:
        """Each contender's median."""
        return medians_of(self.samples)


async def run(groups: list[Group], only: str, effort: float) -> list[Result]:
    """Run all lines whose name matches ``only``, with ``effort`` times their rounds."""
    results: list[Result] = []
    for group in groups:
        lines = [line for line in group.lines if re.search(only, line.name)]
        if not lines:
            continue
        async with AsyncExitStack() as stack:
            kit = await stack.enter_async_context(group.kit()) if group.kit else None
            for line in lines:
                say(f"{group.name}: {line.name}")
                results.append(await _run_line(group.name, line, kit, effort, _medians(results)))
    return results


def _medians(results: list[Result]) -> Medians:
    return {(result.group, result.line.name): result.medians for result in results}


async def _run_line(group: str, line: Line, kit: Kit | None, effort: float, before: Medians) -> Result:
    result = Result(group, line)
    if line.derive is not None:
        result.samples = {name: [value] for name, value in line.derive(before).items()}
        return result
    async with AsyncExitStack() as stack:
        if line.around is not None:
            await stack.enter_async_context(line.around(kit))  # type: ignore[arg-type]
        rounds = max(2, math.ceil(line.rounds * effort))
        shuffle = random.Random(line.name).shuffle  # the same order in each run
        for number in range(rounds + 1):  # the first one warms up
            turns = list(line.contenders.items())
            shuffle(turns)  # what comes before may leave an engine busy
            for name, contender in turns:
                if name in result.failures:
                    continue
                try:
                    value = await asyncio.wait_for(_sample(contender, kit), SAMPLE_LIMIT)
                except Exception as error:  # the others go on without it
                    result.failures[name] = f"{type(error).__name__}: {error}"
                    result.samples.pop(name, None)
                    say(f"  {name} failed: {result.failures[name][:500]}")
                    continue
                finally:
                    if line.after is not None:
                        await line.after(kit)  # type: ignore[arg-type]
                if number:
                    result.samples.setdefault(name, []).append(value)
    return result


async def _sample(contender: Contender, kit: Kit | None) -> float:
    gc.collect()
    began = time.perf_counter()
    value = contender(kit)  # type: ignore[arg-type]
    if isawaitable(value):
        value = await value
    return time.perf_counter() - began if value is None else value
