"""At which places a test runs: on which engines, over which connections.

``@pytest.mark.engines("new")`` and ``@pytest.mark.connections("local")`` narrow a test down.

``@pytest.mark.by_turns`` is for what engine and connection do not decide together: options, refusals, documents,
files, ways to cancel. Where a run has both engines and both connections, such a test runs on one engine over one
connection, and on the other engine over the other. Which way round, its name and parameters decide, so that the tests
of a function with parameters come to all four places. ``--every-place`` runs each at all four.
"""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from .bed import CONNECTIONS, ENGINES, Engine


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engines", default="old,new", help="the engines to run on: old, new")
    parser.addoption("--connections", default="local", help="the ways to them: local, ssh")
    parser.addoption("--every-place", action="store_true", help="run the tests by turns at all places")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        engines, connections = _engines(metafunc.config), _connections(metafunc.config)
        places = [Engine(ENGINES[engine], connection) for engine in engines for connection in connections]
        ids = [_name(place) for place in places]
        metafunc.parametrize("engine", places, ids=ids, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        (kept if _fits(item) else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def _fits(item: pytest.Item) -> bool:
    """Report whether the item runs at its place; what has no place runs once, with the local ones."""
    engines, connections = _narrowed(item, "engines", tuple(ENGINES)), _narrowed(item, "connections", CONNECTIONS)
    callspec: Any = getattr(item, "callspec", None)
    place = callspec and callspec.params.get("engine")
    if place is not None:
        if place.name not in {ENGINES[name] for name in engines} or place.connection not in connections:
            return False
        return not _by_turns(item, engines, connections) or has_the_turn(item.nodeid, place)
    has_connection = callspec is not None and "project" in callspec.params
    return has_connection or "local" in _connections(item.config)


def _by_turns(item: pytest.Item, engines: tuple[str, ...], connections: tuple[str, ...]) -> bool:
    """Report whether the item has two engines and two connections to choose from, and chooses."""
    if item.get_closest_marker("by_turns") is None or item.config.getoption("--every-place"):
        return False
    left = set(engines) & set(_engines(item.config)), set(connections) & set(_connections(item.config))
    return [len(names) for names in left] == [2, 2]


def has_the_turn(nodeid: str, place: Engine) -> bool:
    """Report whether the test with this name is to run at this place, by turns."""
    odd = zlib.crc32(nodeid.replace(_name(place), "").encode()) % 2 == 1
    return ((place.name == ENGINES["old"]) == (place.connection == "local")) is odd


def _name(place: Engine) -> str:
    return f"{place.name}-{place.connection}"


def _engines(config: pytest.Config) -> list[str]:
    return _chosen(config, "--engines", tuple(ENGINES))


def _connections(config: pytest.Config) -> list[str]:
    return _chosen(config, "--connections", CONNECTIONS)


def _chosen(config: pytest.Config, option: str, known: tuple[str, ...]) -> list[str]:
    chosen = [word for word in str(config.getoption(option)).split(",") if word]
    if not set(chosen) <= set(known):
        raise pytest.UsageError(f"{option} takes {', '.join(known)}")
    return chosen


def _narrowed(item: pytest.Item, marker: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """What the marker narrows the item down to; a name that is not known would leave it out of every run."""
    found = item.get_closest_marker(marker)
    if found is not None and not (found.args and set(found.args) <= set(known)):
        raise pytest.UsageError(f"{item.nodeid}: the marker {marker} takes {', '.join(known)}")
    return known if found is None else found.args
