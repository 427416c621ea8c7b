"""Tests by turns: each runs on each engine and over each connection."""

from __future__ import annotations

import pytest

from .support.bed import CONNECTIONS, ENGINES, Engine
from .support.places import has_the_turn

PLACES = [Engine(name, connection) for name in ENGINES.values() for connection in CONNECTIONS]


def turns(test: str) -> list[tuple[str, str]]:
    """The places where a test runs that has its place in its name, as pytest writes it."""
    named = [(place, test.format(f"{place.name}-{place.connection}")) for place in PLACES]
    return [(place.name, place.connection) for place, name in named if has_the_turn(name, place)]


@pytest.mark.parametrize("test", ["tests/test_a.py::test_it[{}]", "tests/test_b.py::test_it[{}-b-c]"])
def test_a_test_has_each_engine_and_each_connection_once(test: str) -> None:
    engines, connections = zip(*turns(test), strict=True)
    assert sorted(engines) == sorted(ENGINES.values())
    assert sorted(connections) == sorted(CONNECTIONS)


def test_the_tests_of_a_function_come_to_all_places() -> None:
    met = {place for number in range(20) for place in turns(f"tests/test_a.py::test_it[{{}}-{number}]")}
    assert met == {(place.name, place.connection) for place in PLACES}
