"""Fixtures of all tests.

A test with the fixture ``engine`` (or ``client``, ``name``...) runs on each engine of
``--engines`` over each connection of ``--connections``: support/places.py has what narrows that down.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import DockerClient

from .support.bed import Engine, part
from .support.command import Cli
from .support.leaks import assert_nothing_open, stats
from .support.names import Names, remove_container
from .support.proxy import Proxy

Connect = Callable[..., DockerClient]

pytest_plugins = ["tests.support.kinds", "tests.support.places"]


def pytest_configure() -> None:
    """Take signals as a terminal's programs do.

    A shell starts what runs in its background so that it ignores Ctrl-C, and nohup so that it ignores SIGHUP.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what describes thousands of tests: it goes through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Docker's settings are those of a fresh machine, whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("DOCKER_", "BUILDKIT_", "BUILDX_")):
                patch.delenv(name)
        patch.setenv("DOCKER_CONFIG", str(tmp_path_factory.mktemp("docker-config")))
        yield


@pytest.fixture(scope="session")
def bed(testbed: None) -> Callable[[str], dict[str, Any]]:
    """Return a running part of the testbed by its name."""
    return part


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, testbed: None) -> Engine:
    """The engine that the test runs on, and the connection to it."""
    place: Engine = request.param
    return place


@pytest.fixture
async def nothing_left(engine: Engine) -> AsyncIterator[list[DockerClient]]:
    """Close these clients at the end; fail if anything of theirs is left."""
    before = await stats()
    clients: list[DockerClient] = []
    yield clients
    for client in clients:
        await client.aclose()
    await assert_nothing_open(before)


@pytest.fixture
def name(engine: Engine) -> Iterator[Names]:
    """Unique names of containers and images, which are removed after the test."""
    names = Names(engine)
    yield names
    names.clean()


@pytest.fixture
def connect_to(engine: Engine, nothing_left: list[DockerClient], name: Names) -> Iterator[Connect]:
    """Make more clients for the engine; keywords as for connect().

    What their sessions made must be gone after the test, or have one of its names.
    """

    def connect_one(**keywords: Any) -> DockerClient:
        client = engine.connect(**keywords)
        nothing_left.append(client)
        return client

    yield connect_one
    name.clean()
    for client in nothing_left:
        session = client._request["session"]  # type: ignore[attr-defined]
        left = engine.labelled(f"ml-nexus-go.session={session}")
        for container in left:
            remove_container(engine, container)
        assert not left, f"containers without one of the test's names were left: {left}"


@pytest.fixture
def client(connect_to: Connect) -> DockerClient:
    """A fresh client of the engine."""
    return connect_to()


@pytest.fixture(scope="session")
def image() -> str:
    """busybox: users root, nobody and worker (1000)."""
    return "mlng-busybox"


@pytest.fixture(scope="session")
def noshell_image() -> str:
    """Nothing but ``/app true|false|sleep N|cat|yes|echo``."""
    return "mlng-noshell"


@pytest.fixture(scope="session")
def badentry_image() -> str:
    """Its entrypoint does not exist."""
    return "mlng-badentry"


@pytest.fixture
async def container(client: DockerClient, name: Names, image: str) -> str:
    """A running container for this test only; its process is a shell's sleep."""
    mine = name("box")
    await client.run_container(image, ["sleep", "3600"], ["-d", "--name", mine])
    return mine


@pytest.fixture(scope="session")
def box(engine: Engine, image: str) -> Iterator[str]:
    """A running container that many tests use: for commands that leave nothing in it."""
    names = Names(engine)
    mine = names(f"shared-{os.getpid()}")
    engine.docker("run", "-d", "--init", "--name", mine, image, "sleep", "3600")
    yield mine
    names.clean()


@pytest.fixture
def cli(engine: Engine) -> Cli:
    """The command for the engine."""
    return Cli(engine)


@pytest.fixture
def proxy(tmp_path: Path, testbed: None) -> Iterator[Proxy]:
    """A way to the testbed's sshd that the test can cut."""
    made = Proxy(tmp_path)
    yield made
    made.remove()
