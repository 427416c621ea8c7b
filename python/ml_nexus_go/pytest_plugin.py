"""A pytest plugin: fixtures for containers, images and folders on a host.

It is installed with the package, and does nothing until a test uses a fixture, an option or
the marker. docs/pytest.md describes them all.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import PurePosixPath
from typing import Any

import pytest

from ._clients.docker_client import DockerClient
from ._testing.bench import Bench, ContainerFactory, ImageFactory
from ._testing.containers import ContainerNotReady, TestContainer
from ._testing.marker import unmet
from ._testing.run import Run, sweep, this_run

__all__ = ["ContainerFactory", "ContainerNotReady", "ImageFactory", "TestContainer"]

_RUN = pytest.StashKey[Run]()
_STARTED = pytest.StashKey[list[TestContainer]]()
_SCOPES = ("session", "package", "module", "class", "function")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("docker", "containers (ml_nexus_go)")
    group.addoption(
        "--docker-target",
        action="append",
        metavar="TARGET",
        help="where containers run, as for ml_nexus_go.connect(); several: each test runs on each. Default: local",
    )
    group.addoption("--docker-keep", action="store_true", help="leave containers, images and folders")
    group.addoption("--docker-client-scope", choices=_SCOPES, default="session", help="the scope of docker_client")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and find out which run this is: workers belong to their controller's."""
    config.addinivalue_line(
        "markers", 'docker(engine=">=23", api=">=1.44"): skip the test if the engine has another version'
    )
    worker = getattr(config, "workerinput", {}).get("ml_nexus_go_run")
    config.stash[_RUN] = this_run(worker, keep=bool(config.getoption("--docker-keep")))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the run's word to a worker of pytest-xdist."""
    node.workerinput["ml_nexus_go_run"] = node.config.stash[_RUN].word


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what is left of this run: of workers that were killed, for example."""
    run = config.stash.get(_RUN, None)
    if run is not None and not hasattr(config, "workerinput"):
        sweep(run)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each target, if there are several."""
    targets = _targets(metafunc.config)
    if len(targets) > 1 and "docker_target" in metafunc.fixturenames:
        metafunc.parametrize("docker_target", targets, indirect=True, scope="session")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Check the marker before any other fixture of the test is made."""
    if item.get_closest_marker("docker") and isinstance(item, pytest.Function):
        item.fixturenames.insert(0, "_docker_marker")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the logs of the test's containers to the report of its failure."""
    report = yield
    if report.failed and call.when != "teardown":
        for container in item.stash.get(_STARTED, []):
            report.sections.append((f"docker logs {container.name}", container.log_for_report()))
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """List what --docker-keep has kept."""
    for line in config.stash[_RUN].kept():
        terminalreporter.write_line(line)


def _targets(config: pytest.Config) -> list[str]:
    given = config.getoption("--docker-target") or ["local"]
    return [target for part in given for target in part.split(",") if target]


@pytest.fixture(scope="session")
def docker_target(request: pytest.FixtureRequest) -> str:
    """The target that the test runs on."""
    target: str = getattr(request, "param", None) or _targets(request.config)[0]
    return target


@pytest.fixture(scope="session")
def docker_connect_options() -> dict[str, Any]:
    """Keywords for connect(): override it in a conftest.py."""
    return {}


@pytest.fixture(scope="session")
def _docker_bench(
    request: pytest.FixtureRequest, docker_target: str, docker_connect_options: dict[str, Any]
) -> Iterator[Bench]:
    bench = Bench(request.config.stash[_RUN], docker_target, docker_connect_options)
    yield bench
    bench.close()


@pytest.fixture
def _docker_marker(request: pytest.FixtureRequest) -> None:
    for marker in request.node.iter_markers("docker"):
        bench: Bench = request.getfixturevalue("_docker_bench")
        reason = unmet(marker.args, marker.kwargs, bench.version)
        if reason:
            pytest.skip(f"{reason} ({bench.target})")


def _client_scope(fixture_name: str, config: pytest.Config) -> Any:
    return config.getoption("--docker-client-scope")


@pytest.fixture(scope=_client_scope)
def docker_client(_docker_bench: Bench, request: pytest.FixtureRequest) -> Iterator[DockerClient]:
    """A client of the target, for any event loop."""
    if request.scope == "session":
        yield _docker_bench.client
        return
    client = _docker_bench.connect()
    yield client
    _docker_bench.close_client(client)


@pytest.fixture
def docker_container(_docker_bench: Bench, request: pytest.FixtureRequest) -> Iterator[ContainerFactory]:
    """Start containers: ``await docker_container(image, command, options, wait_port=80)``."""
    started = request.node.stash.setdefault(_STARTED, [])
    yield _docker_bench.container_factory(started)
    _docker_bench.remove(started)


@pytest.fixture(scope="session")
def docker_image(_docker_bench: Bench) -> ImageFactory:
    """Build images: ``await docker_image(context_dir)`` gives a tag; once for each content."""
    return _docker_bench.image_factory()


@pytest.fixture
def docker_host_dir(_docker_bench: Bench) -> Iterator[PurePosixPath]:
    """An empty folder on the host, which ``-v`` can name; removed after the test."""
    path = _docker_bench.make_folder()
    yield path
    _docker_bench.remove_folder(path)
