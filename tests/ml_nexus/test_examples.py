"""Each example runs by one command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ml_nexus_go

from ..support.bed import Engine, part

ROOT = Path(__file__).parents[2]
ENGINE = Engine("engine-new")
PYTEST = ["pytest", "-q", "-p", "ml_nexus_go.pytest_plugin", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider"]


def run(*words: str) -> str:
    path = os.pathsep.join((str(Path(ml_nexus_go.__file__).parent.parent), str(ROOT)))
    # Plugins by name: the package may or may not be installed.
    environ = {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        out, err = process.communicate(timeout=240)
    assert process.returncode == 0, out + err
    return out


@pytest.fixture
def targets() -> list[str]:
    return [ENGINE.host, f"ssh://{part('sshd')['alias']}{ENGINE.socket}"]


def test_training_here_and_on_a_remote_host(targets: list[str]) -> None:
    lines = run("examples.training").splitlines()
    assert [line.partition(": ")[0] for line in lines] == targets
    assert {line.partition(": ")[2] for line in lines} == {"y = 2.993 x + -0.993"}
    rows = ENGINE.api_get("/containers/json", all="1")
    assert not [row for row in rows if row["Names"][0].startswith("/training-")]


def test_a_client_that_records(targets: list[str]) -> None:
    output = run("examples.recording")
    assert all(target in output for target in targets)
    assert output.count("build_image") == output.count("run_container") == len(targets)


def test_tests_with_fixtures_and_with_pinjected() -> None:
    assert "8 passed" in run(*PYTEST, "examples/testing")
