"""The demo's image, where an engine cannot pull one; the testbed's engines reach no registry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ml_nexus_go import DockerClient

from .support.bed import Engine
from .support.program import ROOT, environment

pytestmark = pytest.mark.connections("local")


def image_for(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the program that the demo gets its image from."""
    argv = [sys.executable, "tools/demo_image.py", *words]
    paths = environment()["PYTHONPATH"]
    environ = {**environment(), "PYTHONPATH": f"{paths}:{ROOT}"}
    return subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT, env=environ)


def hello(target: str, image: str = "busybox") -> subprocess.CompletedProcess[str]:
    """Run the example with an image."""
    argv = [sys.executable, "examples/hello.py", target]
    environ = {**environment(), "MLNG_DEMO_IMAGE": image}
    return subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT, env=environ)


async def test_an_engine_that_cannot_pull_is_given_an_image(client: DockerClient, engine: Engine) -> None:
    made = image_for(engine.target)
    try:
        assert (made.returncode, made.stdout) == (0, "mlng-demo\n"), made.stderr
        assert "It cannot be pulled" in made.stderr
        assert "Traceback" not in made.stderr
        done = hello(engine.target, "mlng-demo")
        assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["Nothing is left behind."]), done.stderr
    finally:
        image_for("--remove", engine.target)
    assert not await client.image_exists("mlng-demo")


def test_a_failure_is_one_line(tmp_path: Path) -> None:
    for done in (image_for(f"unix://{tmp_path}/nobody"), hello(f"unix://{tmp_path}/nobody")):
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
        assert "there is no such socket" in done.stderr
