"""What the nodes themselves know: which containers have used which GPU, from when to when."""

from __future__ import annotations

import collections
import itertools
from dataclasses import dataclass
from pathlib import Path

from tests.support.fleet import Fleet

# Between two lines of a container that lives, at most; its last one may be so old when its node ends it.
SLACK = 0.0


@dataclass
class Trace:
    """What one container has written."""

    container: str  # the beginning of its ID
    node: str
    token: str
    gpus: list[str]
    began: float
    last: float
    ended: bool


def folders(fleet: Fleet) -> list[tuple[str, Path]]:
    """Return the folders that jobs write to, by the names of the nodes."""
    return [(node["name"], Path(node["disk"]) / "chaos") for node in fleet.nodes]


def read(fleet: Fleet) -> list[Trace]:
    """Read what all containers have written on all nodes."""
    traces = []
    for node, folder in folders(fleet):
        for file in sorted(folder.iterdir()):
            lines = [line.split(" ") for line in file.read_text().splitlines()]
            lines = [line for line in lines if len(line) == 4]
            if lines:
                gpus = [gpu for gpu in lines[0][3].split(",") if gpu]
                times = [float(line[1]) for line in lines]
                traces.append(Trace(file.name, node, lines[0][2], gpus, times[0], times[-1], lines[-1][0] == "ends"))
    return traces


def used_twice(traces: list[Trace]) -> list[str]:
    """Return where a GPU was used by two at once."""
    users: dict[str, list[Trace]] = collections.defaultdict(list)
    for trace in traces:
        for gpu in trace.gpus:
            users[gpu].append(trace)
    found = []
    for gpu, of in users.items():
        of.sort(key=lambda trace: trace.began)
        for one, other in itertools.pairwise(of):
            if other.began < one.last - SLACK:
                found.append(f"{gpu} is used by {one} and {other}")
    return found
