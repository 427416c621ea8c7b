"""Train on every target at once: ``python3 -m examples.training``."""

from __future__ import annotations

import asyncio
import json
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinjected import AsyncResolver

from ..places import Places, from_command_line
from .design import training_design

SCRIPT = """
mkdir -p "$RUN_RESULT_DIR"
bash /sources/training/train.sh /resources/points/points.csv "$STEPS" "$RUN_RESULT_DIR/weights.json"
date >/cache/trained
(cd / && find sources resources/points cache -type f) | sort >"$RUN_RESULT_DIR/files.txt"
"""


@dataclass(frozen=True)
class Trained:
    """The outcome on one target: weights, the files that the container saw, the engine, its host's folder."""

    target: str
    weights: dict[str, float]
    files: list[str]
    engine_id: str
    engine_version: str
    host_root: Path


def make_points(folder: Path) -> None:
    """Write points of y = 3 x - 1 with a little noise that is always the same."""
    folder.mkdir()
    rows = [f"{x / 20:.3f},{3 * x / 20 - 1 + 0.05 * (-1) ** x:.3f}" for x in range(40)]
    (folder / "points.csv").write_text("\n".join(["x,y", *rows, ""]))


async def train(places: Places, target: str, folder: Path) -> Trained:
    """Train on one target, in a container that serves both scripts, and clean up there."""
    host_root = Path(f"/tmp/ml_nexus_go-example-{uuid.uuid4().hex[:8]}")
    bound = training_design(places, target, folder / "points", host_root, folder / "results")
    provide: Any = AsyncResolver(bound, callbacks=[]).provide
    client = await provide("ml_nexus_default_docker_client")
    new = await provide("new_PersistentDockerEnvFromSchematics")
    environment = new(
        project=await provide("project"),
        schematics=await provide("schematic"),
        container_name=f"training-{uuid.uuid4().hex[:8]}",
    )
    try:
        await environment.run_script("echo the container is warm >/cache/state")
        run = await environment.run_context().run_script(SCRIPT)
        weights = json.loads((run.result_path / "weights.json").read_text())
        files = (run.result_path / "files.txt").read_text().splitlines()
        engine = await client.info()
        return Trained(target, weights, files, engine["ID"], engine["ServerVersion"], host_root)
    finally:
        await environment.stop()
        await client.delete_on_host(host_root)
        await client.remove_image("ml-nexus-go-example/training", force=True)


async def train_everywhere(places: Places, folder: Path) -> list[Trained]:
    """Train on all targets at once: each has a design, and a connection, of its own."""
    make_points(folder / "points")
    return await asyncio.gather(*(train(places, target, folder) for target in places.targets))


async def main() -> None:
    places = from_command_line(__doc__ or "")
    with tempfile.TemporaryDirectory() as name:
        for run in await train_everywhere(places, Path(name)):
            line = f"y = {run.weights['a']:.3f} x + {run.weights['b']:.3f}"
            print(f"{run.target}: {line} (Docker {run.engine_version})")


if __name__ == "__main__":
    asyncio.run(main())
