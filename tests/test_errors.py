"""The tree of exceptions: bases, kinds, messages, pickling."""

from __future__ import annotations

import asyncio
import copy
import errno
import inspect
import json
import pickle
import pickletools
import re
import sys
import types
from dataclasses import dataclass

import pytest

import ml_nexus_go
from ml_nexus_go import CommandFailed, CommandResult, DockerError, InternalError, _errors
from ml_nexus_go._calls.kinds import KINDS, error_from_frame

CLASSES = [cls for cls in vars(_errors).values() if isinstance(cls, type) and issubclass(cls, DockerError)]


def frame(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize("cls", CLASSES)
def test_every_class_is_exported(cls: type[DockerError]) -> None:
    assert getattr(ml_nexus_go, cls.__name__) is cls


@pytest.mark.parametrize("cls", CLASSES)
def test_pickles_and_tracebacks_name_the_package_of_the_exceptions(cls: type[DockerError]) -> None:
    assert cls.__module__ == "ml_nexus_go._errors"
    named = {argument for _, argument, _ in pickletools.genops(pickle.dumps(cls("wrong"), protocol=0))}
    assert f"ml_nexus_go._errors {cls.__name__}" in named
    assert "ml_nexus_go._errors restore" in named


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn: dict[str, tuple[str, ...]] = {}
    above: list[tuple[int, str]] = []
    for line in inspect.getdoc(_errors).splitlines():  # type: ignore[union-attr]
        match = re.fullmatch(r"( +)(\w+)(?:\((\w+)\))?", line)
        if match:
            depth, name, other = len(match[1]), match[2], match[3]
            while above and above[-1][0] >= depth:
                above.pop()
            drawn[name] = tuple(base for base in (above[-1][1] if above else None, other) if base)
            above.append((depth, name))
    real = {
        cls.__name__: tuple(base.__name__.replace("_TIMEOUTS", "TimeoutError") for base in cls.__bases__)
        for cls in CLASSES
    }
    assert drawn == real


def test_builtin_bases_catch() -> None:
    for cls, builtin in (
        (ml_nexus_go.InvalidArgument, ValueError),
        (ml_nexus_go.PathNotFound, FileNotFoundError),
        (ml_nexus_go.PermissionDenied, PermissionError),
        (ml_nexus_go.OperationTimeout, TimeoutError),
        (ml_nexus_go.OperationTimeout, asyncio.TimeoutError),
    ):
        with pytest.raises(builtin):
            raise cls("no")


def test_os_errors_have_errno_and_the_file() -> None:
    missing = ml_nexus_go.PathNotFound("no such file", details={"path": "/a"})
    assert (missing.errno, missing.filename) == (errno.ENOENT, "/a")
    assert ml_nexus_go.PermissionDenied("no").errno == errno.EACCES
    assert ml_nexus_go.OperationTimeout("late").errno == errno.ETIMEDOUT


@pytest.mark.parametrize("cls", CLASSES)
def test_errors_survive_pickling_and_copying(cls: type[DockerError]) -> None:
    error = cls("wrong", op="container.run", target="local", details={"path": "/a"})
    error.stdout, error.stderr = "out", "err"
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is cls
        assert str(again) == str(error) == "container.run on local: wrong"
        assert (again.op, again.target, again.details) == ("container.run", "local", {"path": "/a"})
        assert (again.stdout, again.stderr) == ("out", "err")
        assert again.args == error.args
        assert getattr(again, "filename", None) == getattr(error, "filename", None)


def test_command_failed_survives_pickling_with_its_result() -> None:
    result = CommandResult(b"\xff out", b"err", 3, "abc", 1.5)
    error = CommandFailed("failed", exit_code=3, result=result)
    again = pickle.loads(pickle.dumps(error))
    assert (again.exit_code, again.code, again.stdout, again.stderr) == (3, 3, "\ufffd out", "err")
    assert again.result == result
    assert again.result.stdout_bytes == b"\xff out"
    assert again.result.container_id == "abc"


@pytest.mark.parametrize(("kind", "cls"), KINDS.items())
def test_a_frame_becomes_the_exception_of_its_kind(kind: str, cls: type[DockerError]) -> None:
    error = error_from_frame(frame(kind=kind, op="o", target="t", message="m", details={"a": 1}))
    assert type(error) is cls
    assert (error.kind, error.op, error.target, error.message, error.details) == (kind, "o", "t", "m", {"a": 1})


def test_an_unknown_kind_is_an_internal_error_with_the_message() -> None:
    error = error_from_frame(frame(kind="Novel", message="what happened"))
    assert type(error) is InternalError
    assert "what happened" in str(error)
    assert "Novel" in str(error)


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'{"kind":"NotFound"}', b"\xff"])
def test_a_malformed_error_frame_is_an_internal_error(payload: bytes) -> None:
    assert type(error_from_frame(payload)) is InternalError


@dataclass
class CommandException(Exception):
    """What ml_nexus.util has, in shape."""

    message: str
    code: int
    stdout: str
    stderr: str


def test_ml_nexus_exception_catches_command_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("ml_nexus.util")
    module.CommandException = CommandException  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ml_nexus.util", module)
    error = error_from_frame(frame(kind="CommandFailed", message="no", details={"exit_code": 7}))
    with pytest.raises(CommandException) as caught:
        raise error
    assert caught.value.code == 7
    assert isinstance(error, CommandFailed)
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, CommandException)
    assert again.code == 7
    monkeypatch.delitem(sys.modules, "ml_nexus.util")
    alone = pickle.loads(pickle.dumps(error))
    assert type(alone) is CommandFailed
    assert (alone.code, alone.message) == (7, "no")
