"""What belongs to each operation: a line in Go's method table, a method in Python that calls it, a line of docs."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import ml_nexus_go
from ml_nexus_go import ContainerProcess, DockerClient
from ml_nexus_go._wire.generated import methods
from ml_nexus_go._wire.generated.methods import CONTAINER_EXEC_SIGNAL, CONTAINER_KILL, SYSTEM_PING
from ml_nexus_go._wire.method import Method

from .support.program import ROOT

TABLE = {name: value for name, value in vars(methods).items() if isinstance(value, Method)}
OPERATIONS = sorted({method.operation for method in TABLE.values()} - {""})
# Those of a process that is under way are methods of its own.
OF_A_PROCESS = ("resize", "send_signal")


def sources() -> dict[Path, str]:
    package = Path(inspect.getfile(ml_nexus_go)).parent
    return {path: path.read_text() for path in package.rglob("*.py") if "generated" not in path.parts}


def test_the_table_is_whole() -> None:
    assert len(TABLE) > 50
    assert len(OPERATIONS) > 40
    assert {constant.replace("_", ".", 1).lower() for constant in TABLE} == {m.name.decode() for m in TABLE.values()}


def test_every_method_has_a_caller() -> None:
    called = set(re.findall(r"\b[A-Z]+_[A-Z_]+(?=\(|\.name\b)", "\n".join(sources().values())))
    # Tests, benchmarks and bug reports call these.
    assert {name for name in TABLE if not name.startswith("DEBUG_")} - called == set()


def test_nobody_spells_a_method_out() -> None:
    names = {method.name.decode() for method in TABLE.values()}
    spelled = {
        f"{path.name}: {found}"
        for path, text in sources().items()
        for found in re.findall(r"""b["']([a-z]+\.[a-z_]+)["']""", text)
        if found in names
    }
    assert spelled == set()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_a_public_method(operation: str) -> None:
    method = getattr(ContainerProcess, operation) if operation in OF_A_PROCESS else getattr(DockerClient, operation)
    assert inspect.getdoc(method), f"{operation} has no docstring"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_in_the_docs(operation: str) -> None:
    pages = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}
    named = re.compile(rf"`[^`\n]*\b{operation}\b[^`\n]*`|\bclient\.{operation}\(")
    told = [
        page
        for page, text in pages.items()
        if page not in ("architecture.md", "performance.md", "performance-notes.md") and named.search(text)
    ]
    assert told, f"no page of docs/ names `{operation}`"


def test_a_type_checker_knows_the_members_of_a_request() -> None:
    # Each comment is an error of mypy in itself where mypy finds nothing to ignore.
    CONTAINER_KILL({"container": 5})  # type: ignore[typeddict-item]
    CONTAINER_KILL({"contaner": "box"})  # type: ignore[typeddict-item,typeddict-unknown-key]
    CONTAINER_EXEC_SIGNAL({"container": "box", "signal": "TERM"})  # type: ignore[typeddict-item]
    SYSTEM_PING({"container": "box"})  # type: ignore[typeddict-unknown-key]
    request = CONTAINER_KILL({"container": "box", "signal": None})
    assert (request.method, request.operation) == (b"container.kill", "kill_container")
    assert request.fields == {"container": "box", "signal": None}


async def test_a_client_says_what_it_does_not_implement() -> None:
    class Bare(DockerClient):
        async def aclose(self) -> None:
            pass

    for call, name in (
        (Bare().ping(), "ping"),
        (Bare().wait_container("box"), "wait_container"),
        (Bare().run_container("image"), "run_container"),
        (Bare().upload_to_host("a", "/b"), "upload_to_host"),
    ):
        with pytest.raises(NotImplementedError, match=f"Bare does not implement {name}: "):
            await call
