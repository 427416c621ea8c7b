"""docs/coverage.md: each endpoint of the engine's API, with what the client does with it."""

from __future__ import annotations

import pytest

from tools import coverage
from tools.coverage import Described, engine_endpoints, faults, operations, page, read_mapping, read_swagger
from tools.requested_paths import is_requested, paths, requested

SWAGGER = """\
info:
  version: "1.51"
paths:
  /containers/json:
    get:
      summary: "List containers"
  /swarm:
    get:
      summary: "Inspect swarm"
    delete:
      summary: Leave.
definitions:
  /no/path:
    get:
"""
WORDS = {"GET /containers/json": ["containers"], "GET /swarm": ["-", "swarm"], "DELETE /swarm": ["-", "swarm"]}
GOOD = Described(WORDS, {"swarm": "One engine at a time."}, {"aclose": "ends"})
KNOWN = {"containers", "aclose"}


def test_each_endpoint_and_each_operation_has_its_line() -> None:
    _, endpoints = engine_endpoints()
    assert len(endpoints) > 100
    assert list(faults(endpoints, read_mapping(coverage.MAPPING.read_text()), operations())) == []


def test_the_page_is_what_the_mapping_says() -> None:
    written = page(*engine_endpoints(), read_mapping(coverage.MAPPING.read_text()))
    assert coverage.PAGE.read_text() == written, "run: PYTHONPATH=python python -m tools.coverage"


def test_each_endpoint_that_operations_are_said_to_use_is_requested_somewhere() -> None:
    found = requested(coverage.ROOT / "backends", coverage.docker_module() / "client")
    used = read_mapping(coverage.MAPPING.read_text()).endpoints
    assert [e for e, words in used.items() if words[0] != "-" and not is_requested(e, found)] == []
    for endpoint in ("GET /swarm", "GET /plugins/{name}/json", "GET /images/{name}/get", "GET /images/search"):
        assert not is_requested(endpoint, found)


def test_paths_are_found_in_go_code() -> None:
    code = """get(ctx, "/info"); post("/containers/" + c.ID() + "/exec", nil); path := "/exec/"+id; base+"/resize" """
    assert paths(code) == {"/info", "/containers/{}/exec", "/exec/{}", "/resize"}
    assert is_requested("POST /exec/{id}/resize", paths(code))
    assert not is_requested("POST /containers/{id}/resize", paths(code))
    assert not is_requested("GET /containers/{id}", paths(code))


def test_every_endpoint_is_in_a_chapter() -> None:
    text = coverage.PAGE.read_text()
    assert [endpoint for endpoint in engine_endpoints()[1] if text.count(f"| `{endpoint}` |") != 1] == []


def test_endpoints_are_read_from_the_description() -> None:
    expected = {
        "GET /containers/json": "List containers",
        "GET /swarm": "Inspect swarm",
        "DELETE /swarm": "Leave.",
    }
    assert read_swagger(SWAGGER) == ("1.51", expected)
    assert list(faults(expected, GOOD, KNOWN)) == []


@pytest.mark.parametrize(
    ("words", "known", "fault"),
    [
        ({"GET /containers/json": ["containers"], "GET /swarm": ["-", "swarm"]}, KNOWN, "DELETE /swarm has no line"),
        ({**WORDS, "GET /more": ["containers"]}, KNOWN, "GET /more is no endpoint of the engine"),
        ({**WORDS, "GET /swarm": ["swarm_inspect"]}, KNOWN, "there is no operation swarm_inspect"),
        ({**WORDS, "GET /swarm": ["ContainerProcess.fly"]}, KNOWN, "there is no operation ContainerProcess.fly"),
        ({**WORDS, "GET /swarm": ["-", "later"]}, KNOWN, "GET /swarm: there is no reason later"),
        (WORDS, KNOWN | {"stats"}, "stats has no line"),
        ({"GET /swarm": ["containers"]}, KNOWN, "no endpoint has the reason swarm"),
    ],
)
def test_what_does_not_fit_is_a_fault(words: dict[str, list[str]], known: set[str], fault: str) -> None:
    found = list(faults(read_swagger(SWAGGER)[1], GOOD._replace(endpoints=words), known))
    assert [text for text in found if text.startswith(fault)], found
