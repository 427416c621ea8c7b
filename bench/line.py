"""A line of the table: one operation, done by each contender."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .kit import Kit

OURS, SIZED, TODAY, DOCKER_PY, AIODOCKER, WHALES, FLOOR, CTYPES = CONTENDERS = (
    "ours", "list_containers()", "today", "docker-py", "aiodocker", "whales", "floor", "empty calls",
)  # fmt: skip

# Does the operation once. What it returns, if anything, is the sample.
Contender = Callable[["Kit"], "Awaitable[float | None] | float | None"]
Medians = Mapping[tuple[str, str], Mapping[str, float]]  # (group, line) -> contender -> median


@dataclass(frozen=True)
class Target:
    """What our median must reach: ``limit`` itself, or ``limit`` times another's."""

    text: str
    limit: float
    against: tuple[str, ...] = ()
    strictly: bool = False

    def met(self, medians: Mapping[str, float]) -> bool | None:
        """Return whether it is reached; None if a contender gave no sample."""
        others = [medians[name] for name in self.against if name in medians]
        if OURS not in medians or (self.against and not others):
            return None
        bound = self.limit * min(others, default=1.0)
        return medians[OURS] < bound if self.strictly else medians[OURS] <= bound


def at_most(factor: float, *against: str) -> Target:
    """Our time is at most ``factor`` times the best of the others'."""
    return Target(f"≤ {factor:g} × {_best(against)}", factor, against)


def below(*against: str) -> Target:
    """Our time is below the best of the others'."""
    return Target(f"< {_best(against)}", 1.0, against, strictly=True)


def speed(factor: float, *against: str) -> Target:
    """We are at least ``factor`` times as fast as the best of the others."""
    return Target(f"≥ {factor:g} × {_best(against)}'s speed", 1 / factor, against)


def limit(text: str, value: float) -> Target:
    """Our sample is at most ``value``, in the line's unit."""
    return Target(text, value)


def _best(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"best of {', '.join(names)}"


@dataclass(frozen=True)
class Line:
    """One operation. Samples are seconds unless ``unit`` says otherwise.

    ``amount`` (for example 300, "MB") makes the table print amount/seconds. ``around``
    prepares what the line needs and cleans up; ``after`` runs after each sample; both
    are not timed. ``derive`` computes a line from the medians of others.
    """

    name: str
    contenders: Mapping[str, Contender]
    rounds: int = 20
    targets: tuple[Target, ...] = ()
    amount: tuple[float, str] | None = None
    unit: str = "s"
    around: Callable[[Kit], AbstractAsyncContextManager[object]] | None = None
    after: Callable[[Kit], Awaitable[object]] | None = None
    derive: Callable[[Medians], Mapping[str, float]] | None = None


@dataclass
class Group:
    """Lines that share a Kit. ``kit`` opens it; None if the lines need none."""

    name: str
    kit: Callable[[], AbstractAsyncContextManager[Kit]] | None = None
    lines: list[Line] = field(default_factory=list)

    def line(self, name: str, contenders: Mapping[str, Contender] | None = None, **options: object) -> None:
        """Add a line; keywords are those of Line."""
        self.lines.append(Line(name, contenders or {}, **options))  # type: ignore[arg-type]


def medians_of(samples: Mapping[str, list[float]]) -> dict[str, float]:
    """Return each contender's median."""
    return {name: median(values) for name, values in samples.items() if values}
