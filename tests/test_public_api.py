"""What is public stays: programs that were written for an earlier version go on working."""

from __future__ import annotations

import pytest

from tools.public_api import Api, broken, collect, read, text

from .support.program import ROOT

SNAPSHOT = (ROOT / "tests" / "public_api.txt").read_text()
COMMAND = "PYTHONPATH=python python -m tools.public_api > tests/public_api.txt"
CALL: Api = {"DockerClient.call": ("coroutine", ("name", "size=1", "force=False  # keyword"))}


def test_nothing_public_is_gone() -> None:
    assert broken(read(SNAPSHOT), collect()) == []


def test_the_snapshot_has_what_is_new() -> None:
    # Otherwise the next change could take it away.
    assert text(collect()).splitlines() == SNAPSHOT.splitlines(), f"after an addition, run: {COMMAND}"


def test_the_snapshot_is_read_as_it_is_written() -> None:
    assert text(read(SNAPSHOT)) == SNAPSHOT
    assert {
        "DockerClient.run_container",
        "connect",
        "RunOptions",
        "Container.labels",
        "CommandFailed.exit_code",
    } <= set(read(SNAPSHOT))


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        (("size=1", "force=False  # keyword"), "the parameter name is gone"),
        (("name", "size=1"), "the parameter force is gone"),
        (("name", "size", "force=False  # keyword"), "size must be given"),
        (("name  # position", "size=1", "force=False  # keyword"), "name cannot be given as a keyword"),
        (("name", "force=False", "size=1"), "size was argument 1, and is argument 2"),
        (("name", "size=1  # keyword", "force=False  # keyword"), "size was argument 1, and is a keyword"),
        (("name", "size=1", "mode", "force=False  # keyword"), "the new parameter mode must be given"),
    ],
)
def test_a_changed_parameter_is_a_fault(parameters: tuple[str, ...], fault: str) -> None:
    assert f"DockerClient.call: {fault}" in broken(CALL, {"DockerClient.call": ("coroutine", parameters)})


def test_additions_are_no_fault() -> None:
    more = ("name", "size=1", "mode=None", "force=False", "**others")
    assert broken(CALL, {"DockerClient.call": ("coroutine", more), "DockerClient.more": ("coroutine", ())}) == []


def test_a_name_and_its_kind_are_kept() -> None:
    assert broken(CALL, {}) == ["DockerClient.call is gone"]
    assert broken(CALL, {"DockerClient.call": ("function", CALL["DockerClient.call"][1])}) == [
        "DockerClient.call was a coroutine, and is a function"
    ]


def test_a_member_may_move_to_a_public_base() -> None:
    before: Api = {"Base": ("class", ()), "Own": ("class Base OSError", ()), "Own.name": ("field", ())}
    moved: Api = {"Base": ("class", ()), "Base.name": ("field", ()), "Own": ("class Base", ())}
    assert broken(before, moved) == ["Own is no OSError any more"]
