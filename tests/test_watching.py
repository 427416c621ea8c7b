"""Tables that are redrawn, on narrow terminals."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from ml_nexus_go.cli.watching import _table

TITLES = ("HOST", "CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS")
ROW = (
    "ssh://me@gpu1.example.org",
    "0f9b0cb53aa4",
    "train-large",
    "0.52%",
    "332KiB / 23.5GiB",
    "7.1%",
    "1kB / 2kB",
    "0B / 0B",
    "31",
)


def lines(width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(_table(TITLES, [ROW], width))
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("width", "missing"),
    [
        (200, []),
        (120, []),
        (80, ["BLOCK I/O", "PIDS"]),
        (40, ["CONTAINER ID", "MEM %", "NET I/O", "BLOCK I/O", "PIDS"]),
    ],
)
def test_a_narrow_terminal_shows_whole_figures_of_fewer_columns(width: int, missing: list[str]) -> None:
    """Who uses how much stays; names are shortened."""
    head, row = lines(width)
    assert [title for title in TITLES if title not in head] == missing
    for title, cell in zip(TITLES, ROW, strict=True):
        assert (cell in row) or title in (*missing, "HOST", "NAME"), title
    assert "trai" in row
    assert max(len(head), len(row)) <= width
