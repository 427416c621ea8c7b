"""docs/coming-from.md: what stands on the right of its tables runs."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import ml_nexus_go
from ml_nexus_go import DockerClient, DockerError

from .support.names import Names
from .support.program import ROOT

PAGE = (ROOT / "docs" / "coming-from.md").read_text()
FIRST = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
SECTIONS = re.findall(r"^## From (?:the )?(\S+)\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`]*)`")
TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def rows(section: str) -> list[list[str]]:
    """Return the cells of a section's table, without its heading."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


@pytest.fixture
async def folder(client: DockerClient, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the examples run: with data/f, and something to build."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"data/f": "x", "context/Dockerfile": f"FROM {image}\nCOPY f /f\n", "context/f": "y"}.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)
    return tmp_path


@pytest.fixture
async def made(client: DockerClient, name: Names) -> AsyncIterator[str]:
    """The name of an image, a volume and a network of an example."""
    made = name().lower()
    yield made
    if await client.image_exists(made):
        await client.remove_image(made, force=True)


@pytest.mark.engines("new")
@pytest.mark.parametrize(("origin", "section"), SECTIONS, ids=[origin for origin, _ in SECTIONS])
async def test_what_the_page_offers_instead_runs(
    client: DockerClient, image: str, name: Names, folder: Path, made: str, origin: str, section: str
) -> None:
    assert FIRST is not None
    statements = [code for row in rows(section) for code in CODE.findall(row[-1])]
    source = "\n".join([*re.findall(r"^from .*", FIRST[1], re.MULTILINE), *statements])
    box = name()
    for word, actual in {"busybox": image, "box": box, "made": made}.items():
        source = source.replace(f'"{word}"', repr(actual))
    source = source.replace("--name box", f"--name {box}").replace("/srv/data", str(folder / "srv" / "data"))
    names: dict[str, object] = {"client": client}
    exec(f"async def example():\n{textwrap.indent(source, '    ')}", names)
    await names["example"]()  # type: ignore[operator]
    assert (folder / "back" / "f").read_text() == "x"
    assert not await client.container_exists(box)
    assert not await client.image_exists(made)


def test_each_row_has_code_that_is_complete() -> None:
    assert [origin for origin, _ in SECTIONS] == ["shell", "docker-py", "aiodocker", "python-on-whales"]
    assert FIRST is not None
    compile(FIRST[1], "coming-from.md", "exec", flags=TOP_LEVEL_AWAIT)
    for origin, section in SECTIONS:
        for row in rows(section):
            assert len(row) == 2, row
            for code in CODE.findall(row[0]) if origin != "shell" else ():
                compile(code, origin, "exec", flags=TOP_LEVEL_AWAIT)


def test_the_errors_on_the_page_exist() -> None:
    table = PAGE.partition("\n## Errors\n")[2]
    named = [error for row in rows(table) for error in CODE.findall(row[-1])]
    assert len(named) > 10
    for error in named:
        assert issubclass(getattr(ml_nexus_go, error), DockerError), error
