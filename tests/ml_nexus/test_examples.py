"""Each example runs by one command."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import ml_nexus_go
from examples import places
from examples.training.__main__ import train_everywhere
from testbed.lock import locked

from ..support.bed import Engine, part
from ..support.wait import DEADLINE

ROOT = Path(__file__).parents[2]
ENGINES = [Engine("engine-new"), Engine("engine-old")]
PYTEST = ["pytest", "-q", "-p", "ml_nexus_go.pytest_plugin", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider"]


@pytest.fixture(autouse=True)
def alone(testbed: None) -> Iterator[None]:
    """One example trains at a time: its containers, and what it leaves, are known by their names."""
    with locked(Path(os.environ["MLNG_TESTBED"]).parent / "examples.alone"):
        yield


def run(*words: str) -> str:
    path = os.pathsep.join((str(Path(ml_nexus_go.__file__).parent.parent), str(ROOT)))
    # Plugins by name: the package may or may not be installed.
    environ = {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, out + err
    return out


@pytest.fixture
def targets() -> list[str]:
    local, remote = ENGINES
    return [local.host, f"ssh://{part('sshd')['alias']}{remote.socket}"]


def test_training_on_a_local_and_a_remote_host_at_once(targets: list[str]) -> None:
    lines = run("examples.training").splitlines()
    assert [line.partition(": ")[0] for line in lines] == targets
    assert {line.partition(": ")[2].partition(" (")[0] for line in lines} == {"y = 2.993 x + -0.993"}
    assert len({line.partition(" (")[2] for line in lines}) == len(ENGINES)


def left(engine: Engine) -> tuple[list[str], list[str]]:
    """Return the example's containers and images on an engine."""
    names = [name for row in engine.api_get("/containers/json", all="1") for name in row["Names"]]
    tags = [tag for row in engine.api_get("/images/json") for tag in row["RepoTags"] or ()]
    return [name for name in names if name.startswith("/training-")], [tag for tag in tags if "ml-nexus-go-ex" in tag]


class Followed:
    """An engine's events of containers, followed: afterwards it may have forgotten them."""

    def __init__(self, engine: Engine) -> None:
        """Follow the engine from now on."""
        self.client = engine.connect()
        self.since = time.time_ns()  # the engine's clock is this machine's
        self.events = self.client.events({"type": "container", "event": ["start", "die"]})
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> tuple[float, float]:
        started = 0.0
        async for event in self.events:
            if event.time_ns > self.since and event.attributes.get("name", "").startswith("training-"):
                assert (event.action == "start") == (not started)
                if event.action == "die":
                    return started, event.time_ns
                started = event.time_ns
        raise AssertionError("the events ended")

    async def ran(self) -> tuple[float, float]:
        """Return when the example's only container started and ended, as the engine reports it."""
        async with self.client, contextlib.aclosing(self.events):
            return await asyncio.wait_for(self.reading, DEADLINE)


async def test_two_engines_give_the_same_and_keep_nothing(tmp_path: Path) -> None:
    """Results and side effects of a local and a remote host: equal, at the same time, and gone."""
    for turn in range(10):
        followed = [Followed(engine) for engine in ENGINES]
        results = tmp_path / str(turn)
        results.mkdir()
        local, remote = await train_everywhere(places.testbed_places(os.environ["MLNG_TESTBED"]), results)
        (begun, ended), (other_begun, other_ended) = [await each.ran() for each in followed]
        if max(begun, other_begun) < min(ended, other_ended):
            break  # on a busy machine, one host may have ended before the other one begins
    else:
        pytest.fail("the hosts trained one after the other")
    assert [run.engine_id for run in (local, remote)] == [engine.api_get("/info")["ID"] for engine in ENGINES]
    assert local.engine_id != remote.engine_id
    assert local.weights == remote.weights == {"a": 2.993, "b": -0.9926}
    assert local.files == remote.files
    assert set(local.files) > {"cache/state", "cache/trained", "resources/points/points.csv"}
    assert [left(engine) for engine in ENGINES] == [([], [])] * 2
    assert len(list((results / "results").iterdir())) == 2
    assert not any(run.host_root.exists() for run in (local, remote))


def test_a_client_that_records(targets: list[str]) -> None:
    output = run("examples.recording")
    assert all(target in output for target in targets)
    assert output.count("build_image") == output.count("run_container") == len(targets)


def test_tests_with_fixtures_and_with_pinjected() -> None:
    assert "8 passed" in run(*PYTEST, "examples/testing")
