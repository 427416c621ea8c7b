"""Results are also ml_nexus's PsResult, and failures show what was printed."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import sys
import types
from typing import Any

import pytest

from ml_nexus_go import CommandFailed, CommandResult
from ml_nexus_go._results.ml_nexus import command_result_class

from .conftest import IMAGE, Project
from .standins import import_ml_nexus

WORDS = ["sh", "-c", "echo out; echo err >&2; exit 3"]

# What the version of 2026-11-27 wrote: a result of "out\n", "err\n", 3.
OLD_PICKLE = (
    b"\x80\x04\x95O\x00\x00\x00\x00\x00\x00\x00\x8c\x13ml_nexus_go._result\x94\x8c\rCommandResult\x94\x93\x94(C\x04out\n\x94C"
    b"\x04err\n\x94K\x03\x8c\x03abc\x94G?\xf8\x00\x00\x00\x00\x00\x00\x89)t\x94R\x94."
)


async def results(project: Project) -> list[Any]:
    """Return results of a run, an exec, a script in each environment, and one that could not start."""
    client = await project.client()
    persistent = await project.persistent()
    await persistent.start()
    name = persistent.container_name
    environments = [persistent, await project.host_environment(), await project.from_schematics()]
    return [
        await client.run_container(IMAGE, WORDS, "--rm", check=False),
        await client.exec_container(name, WORDS, check=False),
        await client.exec_container(name, "no-such-program", check=False),
        *[await environment.run_script("echo out; echo err >&2; exit 3", check=False) for environment in environments],
    ]


async def test_a_result_is_a_ps_result(local_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = import_ml_nexus(monkeypatch)
    for result in await results(local_project):
        whole: Any = result
        same = foreign.PsResult(result.stdout, result.stderr, result.exit_code)
        assert isinstance(result, foreign.PsResult)
        assert isinstance(result, CommandResult)
        assert result == same
        assert same == result
        assert (result != same) is (same != result) is False
        assert result != foreign.PsResult(result.stdout, result.stderr, 77)
        assert foreign.PsResult("other", result.stderr, result.exit_code) != result
        assert dataclasses.asdict(whole) == dataclasses.asdict(same)
        assert dataclasses.astuple(whole) == dataclasses.astuple(same)
        other = dataclasses.replace(whole, exit_code=5, stderr="ä")
        assert other == foreign.PsResult(result.stdout, "ä", 5)
        assert other.stderr_bytes == "ä".encode()
        match result:
            case foreign.PsResult(exit_code=code):
                assert code == result.exit_code != 0


async def test_it_stays_text(local_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    import_ml_nexus(monkeypatch)
    client = await local_project.client()
    result: Any = await client.run_container(IMAGE, WORDS, "--rm", check=False)
    assert result == "out\n"
    assert result != "other"
    assert (result.splitlines(), f"{result}", str(result)) == (["out"], "out\n", "out\n")
    assert {result: 1}["out\n"] == 1
    assert result != 3
    assert type(result).__name__ == "CommandResult"


def test_pickles_and_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = CommandResult(b"\xff out", b"err", 3, "abc", 1.5, True, ("w",))
    foreign = import_ml_nexus(monkeypatch)
    bound = command_result_class()(*plain.__reduce__()[1])
    for result in (plain, bound):
        for again in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):
            assert again.__reduce__()[1] == plain.__reduce__()[1]
            assert isinstance(again, foreign.PsResult) == (result is bound)
    pickled = pickle.dumps(bound)
    monkeypatch.delitem(sys.modules, "ml_nexus.util")
    without = pickle.loads(pickled)
    assert type(without) is CommandResult
    assert (without.stdout_bytes, without.exit_code) == (b"\xff out", 3)


def test_old_pickles_still_load(monkeypatch: pytest.MonkeyPatch) -> None:
    for imported in (False, True):
        if imported:
            import_ml_nexus(monkeypatch)
        result = pickle.loads(OLD_PICKLE)
        assert (result, result.stderr, result.exit_code, result.container_id) == ("out\n", "err\n", 3, "abc")
        assert result.duration == 1.5


@pytest.mark.parametrize("there", [None, 7, lambda: None, type("PsResult", (), {"__slots__": ("x",)}), int])
def test_what_is_no_ps_result_changes_nothing(monkeypatch: pytest.MonkeyPatch, there: object) -> None:
    module = types.ModuleType("ml_nexus.util")
    module.PsResult = there  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ml_nexus.util", module)
    result = command_result_class()(b"out", b"err", 3)
    assert (result, result.stderr, result.exit_code) == ("out", "err", 3)
    assert pickle.loads(pickle.dumps(result)).exit_code == 3


def test_a_repr_shows_the_exit_code() -> None:
    assert repr(CommandResult(b"out\n", b"err", 3)) == "CommandResult(stdout='out\\n', stderr='err', exit_code=3)"
    long = repr(CommandResult(b"x" * 10_000_000 + b"the end"))
    assert long.endswith("the end', stderr='', exit_code=0)")
    assert len(long) < 1000


@pytest.mark.parametrize("imported", [False, True])
async def test_a_failure_shows_the_ends_of_both_streams(
    local_project: Project, monkeypatch: pytest.MonkeyPatch, imported: bool
) -> None:
    if imported:
        import_ml_nexus(monkeypatch)
    client = await local_project.client()
    with pytest.raises(CommandFailed) as caught:
        await client.run_container(IMAGE, WORDS, "--rm")
    assert str(caught.value).endswith("ended with exit code 3\nstdout: out\nstderr: err")
    environment = await local_project.host_environment()
    with pytest.raises(CommandFailed) as caught:
        await environment.run_script("seq 100000; echo reached; echo problem >&2; exit 4")
    text = str(caught.value)
    assert "stdout: ..." in text
    assert "\nreached\nBase64 encoded script executed with exit status 4\nstderr: problem" in text
    assert len(text) < 3000
    with pytest.raises(CommandFailed) as caught:
        await environment.run_script("TOKEN=s3cret; echo only this; exit 4")
    assert "\nstdout: only this\nBase64" in str(caught.value)
    assert "s3cret" not in f"{caught.value} {caught.value!r}"
    assert "s3cret" in caught.value.stdout
    with pytest.raises(CommandFailed) as caught:
        await client.run_container(IMAGE, "false", "--rm")
    assert str(caught.value).endswith("ended with exit code 1")
