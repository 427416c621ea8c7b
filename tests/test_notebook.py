"""The example notebook, executed as Jupyter does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

from ml_nexus_go import Container, Image, connect
from ml_nexus_go._results.tables import Listing

from .support.bed import Engine
from .support.names import Names
from .support.wait import DEADLINE

NOTEBOOK = Path(__file__).parents[1] / "docs/notebook.ipynb"


@pytest.mark.timeout(900)  # a kernel, and its modules, take a busy machine minutes
@pytest.mark.engines("new")
@pytest.mark.connections("local")
def test_the_example(engine: Engine, name: Names, image: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine.target)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    text = NOTEBOOK.read_text("utf-8")
    # The testbed's image, and names that no other test has.
    mine, box = name(), name()
    for theirs, ours in (("FROM busybox", f"FROM {image}"), ("notebook-example", mine), ("notebook-box", box)):
        assert theirs in text
        text = text.replace(theirs, ours)
    notebook: Any = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    nbclient.NotebookClient(notebook, timeout=DEADLINE, startup_timeout=DEADLINE, kernel_name="python3").execute()
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", [])]
    said = "".join(one.text for one in outputs if one.output_type == "stream")
    assert "line 1\nline 2\nline 3\nmade\n" in said
    assert "50000000 /data" in said
    shown = [one.data for one in outputs if "data" in one]
    tables = [data["text/html"] for data in shown if data.get("text/html", "").startswith("<table>")]
    assert len(tables) == 2
    assert "<th>name</th><th>image</th><th>command</th>" in tables[0]
    assert f"<td>{box}</td><td>{mine}</td><td>sleep 600</td>" in tables[0]
    assert f"<tr><td>name</td><td>{box}</td></tr>" in tables[1]
    # The build and the copy.
    assert len([data for data in shown if "application/vnd.jupyter.widget-view+json" in data]) == 2


async def test_tables(engine: Engine, image: str) -> None:
    async with connect(engine.target, **engine.settings()) as client:
        images = await client.images({"reference": image})
    assert (type(images), images == list(images)) == (Listing, True)
    html: Any = images._repr_html_()  # type: ignore[attr-defined]
    assert html.startswith("<table><thead><tr><th>tags</th><th>id</th><th>size</th><th>created</th></tr></thead>")
    assert f"<td>{image}:latest</td>" in html


def test_markup_is_text() -> None:
    hostile = Image(
        id="sha256:" + "a" * 64, tags=("<b>x</b>",), digests=(), created=None, size=1, labels={}, parent_id=None, raw={}
    )
    html: Any = Listing([hostile])._repr_html_()
    assert "<td>&lt;b&gt;x&lt;/b&gt;</td><td>sha256:aaaaaaaaaaaa…</td><td>1</td><td></td>" in html
    assert Listing[Container]()._repr_html_() is None
