"""The pages that only the documentation site has, and how it reads the others."""

from __future__ import annotations

import re

import pytest

import ml_nexus_go
import ml_nexus_go.blocking
from tools.site_links import on_page_content, rewritten

from .support.program import ROOT

DOCS = ROOT / "docs"
REPOSITORY = "https://github.com/proboscis/ml_nexus_go"


def rows(page: str) -> dict[str, list[str]]:
    """Return the rows of a page's tables by their first cell, without what its links lead to."""
    text = re.sub(r"\]\([^)]*\)", "]", (DOCS / page).read_text())
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    return {first: rest for first, *rest in lines}


def test_the_first_page_has_no_figure_of_its_own() -> None:
    measured = rows("performance.md") | rows("compare.md")
    shown = {task: cells for task, cells in rows("index.md").items() if re.search(r"\d", "".join(cells))}
    assert len(shown) > 20
    for task, cells in shown.items():
        assert cells == measured.get(task, [])[: len(cells)], f"copy from compare.md or performance.md: {task}"


@pytest.mark.parametrize("package", [ml_nexus_go, ml_nexus_go.blocking], ids=["asyncio", "blocking"])
def test_the_reference_has_each_public_name(package: object) -> None:
    name = package.__name__  # type: ignore[attr-defined]
    text = "".join(path.read_text() for path in (DOCS / "reference").glob("*.md"))
    listed = re.findall(rf"^::: {re.escape(name)}\.(\w+)$", text, re.MULTILINE)
    assert sorted(listed) == sorted(package.__all__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("page", "link", "leads_to"),
    [
        ("ssh.md", "../README.md", f"{REPOSITORY}/blob/main/README.md"),
        ("ssh.md", "../CONTRIBUTING.md#style", f"{REPOSITORY}/blob/main/CONTRIBUTING.md#style"),
        ("ssh.md", "../testbed/", f"{REPOSITORY}/tree/main/testbed"),
        ("decisions/0001-no-compose.md", "../../go.mod", f"{REPOSITORY}/blob/main/go.mod"),
        ("decisions/0001-no-compose.md", "../ssh.md#keys", "../ssh.md#keys"),
        ("ssh.md", "../missing.md", "../missing.md"),
        ("ssh.md", "../../elsewhere.md", "../../elsewhere.md"),
        ("ssh.md", "builds.md", "builds.md"),
    ],
)
def test_links_out_of_the_pages_lead_to_the_repository(page: str, link: str, leads_to: str) -> None:
    assert rewritten(f"a [b]({link}), c", DOCS / page, REPOSITORY) == f"a [b]({leads_to}), c"


def test_bars_in_cells_have_no_backslash() -> None:
    html = r"<td><code>a\|b</code></td><p><code>a\|b</code></p>"
    assert on_page_content(html) == r"<td><code>a|b</code></td><p><code>a\|b</code></p>"
