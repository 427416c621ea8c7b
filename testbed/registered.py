"""Every part, by name, in the order in which they start."""

from __future__ import annotations

from . import binaries
from .docker_cli import DockerCli
from .engine import Engine
from .errors import TestbedError
from .part import Part

_ALL: tuple[Part, ...] = (
    DockerCli("docker-cli"),
    Engine("engine-old", 2, binaries.old, new=False),
    Engine("engine-new", 3, binaries.new, new=True),
    Engine("engine-live", 4, binaries.new, new=True, live_restore=True),
    Engine("engine-victim", 5, binaries.new, new=True),
)
PARTS = {part.name: part for part in _ALL}


def find(name: str) -> Part:
    try:
        return PARTS[name]
    except KeyError:
        raise TestbedError(f"no part {name!r}; there are: {', '.join(PARTS)}") from None


def ordered(names: set[str]) -> list[Part]:
    """The parts and what they require, each after what it requires."""
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting.extend(find(name).requires)
    return [part for part in _ALL if part.name in wanted]
