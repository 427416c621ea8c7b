"""The examples of docs/python-api.md do what the page says."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import ml_nexus_go
from ml_nexus_go import DockerClient, DockerError

from .support import examples
from .support.bed import Engine
from .support.names import Names
from .support.program import ROOT

PAGE = (ROOT / "docs" / "python-api.md").read_text()


async def test_the_examples_of_the_python_page(
    client: DockerClient, engine: Engine, image: str, name: Names, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "f").write_text("x")
    words = {'"busybox"': repr(image), '"box"': repr(name()), "connect()": "connect_here()"}
    names: dict[str, object] = {"connect_here": engine.connect}
    found = examples.blocks("docs/python-api.md")
    assert len(found) > 10
    for block in found:
        names["client"] = client  # the first example has one of its own
        await examples.run(block, words, names)
    assert (tmp_path / "back" / "f").read_text() == "x"


def test_the_first_example_is_complete() -> None:
    first = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert first is not None
    compile(first[1], "python-api.md", "exec", flags=0x2000)  # top-level await


def test_every_error_is_on_its_page() -> None:
    page = (ROOT / "docs" / "errors.md").read_text()
    for value in vars(ml_nexus_go).values():
        if isinstance(value, type) and issubclass(value, DockerError):
            assert f"`{value.__name__}`" in page, value


def test_every_group_of_methods_is_on_the_page() -> None:
    for method in ("run_container", "exec_container", "start_run", "start_exec", "list_containers", "container_logs"):
        assert method in PAGE


def test_each_method_is_listed_by_a_task() -> None:
    table = PAGE.partition("## By task\n")[2].partition("\n\nThe same argument")[0]
    listed = set(re.findall(r"`(\w+)(?:\([^`]*\))?`", table))
    methods = {name for name, _ in inspect.getmembers(DockerClient, inspect.isfunction) if not name.startswith("_")}
    assert listed == methods - {"aclose"}, "docs/python-api.md, By task"
