"""Train on every target: ``python3 -m examples.training``."""

from __future__ import annotations

import asyncio
import json
import tempfile
import uuid
from pathlib import Path
from typing import Any

from pinjected import AsyncResolver

from ..places import Places, from_command_line
from .design import training_design

SCRIPT = """
mkdir -p "$RUN_RESULT_DIR"
bash /sources/training/train.sh /resources/points/points.csv "$STEPS" "$RUN_RESULT_DIR/weights.json"
echo "trained on $(hostname) with $(wc -l </resources/points/points.csv) lines"
"""


def make_points(folder: Path) -> None:
    """Write points of y = 3 x - 1 with a little noise that is always the same."""
    rows = [f"{x / 20:.3f},{3 * x / 20 - 1 + 0.05 * (-1) ** x:.3f}" for x in range(40)]
    (folder / "points.csv").write_text("\n".join(["x,y", *rows, ""]))


async def train(places: Places, target: str, folder: Path) -> dict[str, float]:
    """Train on one target, in a container that serves both scripts, and clean up there."""
    host_root = Path(f"/tmp/ml_nexus_go-example-{uuid.uuid4().hex[:8]}")
    bound = training_design(places, target, folder / "points", host_root, folder / "results")
    provide: Any = AsyncResolver(bound, callbacks=[]).provide
    new = await provide("new_PersistentDockerEnvFromSchematics")
    environment = new(
        project=await provide("project"),
        schematics=await provide("schematic"),
        container_name=f"training-{uuid.uuid4().hex[:8]}",
    )
    try:
        await environment.run_script("echo the container is warm >/cache/state")
        run = await environment.run_context().run_script(SCRIPT)
        weights: dict[str, float] = json.loads((run.result_path / "weights.json").read_text())
        return weights
    finally:
        await environment.stop()
        client = await provide("ml_nexus_default_docker_client")
        await client.delete_on_host(host_root)
        await client.remove_image("ml-nexus-go-example/training", force=True)


async def main() -> None:
    places = from_command_line(__doc__ or "")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "points").mkdir()
        make_points(folder / "points")
        for target in places.targets:
            weights = await train(places, target, folder)
            print(f"{target}: y = {weights['a']:.3f} x + {weights['b']:.3f}")


if __name__ == "__main__":
    asyncio.run(main())
