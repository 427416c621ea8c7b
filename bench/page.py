"""Fills in the tables of docs/performance.md and docs/index.md from the record: no figure is typed by hand.

    PYTHONPATH=python python -m bench.page [--check]

The pages say where: ``<!-- bench: local -->`` is followed by the table of a group, ``<!-- bench rows: ours today -->``
by a table of these contenders whose rows' names the page chooses, ``<!-- bench missed -->`` by the lines that missed a
target, and ``<!-- bench runs -->`` by where and when they were measured. ``<!-- end -->`` ends each.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from . import record, report
from .line import OURS

DOCS = Path(__file__).parents[1] / "docs"
PAGES = DOCS / "performance.md", DOCS / "index.md"
_PLACE = re.compile(r"(<!-- bench(?P<what>:? [^>]+?) -->\n)(?P<there>.*?)(<!-- end -->)", re.DOTALL)


def filled(text: str) -> str:
    """Return a page with the record's figures."""
    rows = record.read()

    def put(place: re.Match[str]) -> str:
        what = place["what"].strip()
        if what == "missed":
            made = _missed(rows)
        elif what == "runs":
            made = _runs(rows)
        elif what.startswith("rows: "):
            made = _chosen(place["there"], what.removeprefix("rows: ").split(), rows)
        else:
            made = _table(what.removeprefix(":").strip(), rows)
        return f"{place[1]}\n{made}\n\n{place[4]}"

    return _PLACE.sub(put, text)


def _table(group: str, rows: list[report.Row]) -> str:
    shown = [{**row, "line": _name(row)} for row in rows if row["group"] == group]
    return report.table(shown) if shown else f"Not measured yet: `bench/run.sh --only '{group}' --record`."


def _name(row: report.Row) -> str:
    """Name a line among those of all groups: that of "remote, 20 ms" is "20 ms: exec true"."""
    place = row["group"].rpartition(", ")[2]
    return f"{place}: {row['line']}" if place != row["group"] else row["line"]


def _chosen(there: str, contenders: list[str], rows: list[report.Row]) -> str:
    named = {_name(row): row for row in rows}
    head, line, *lines = [text for text in there.splitlines() if text.startswith("|")]
    for text in lines:
        name = text.split("|")[1].strip()
        cells = (report.cell(named[name], contender) for contender in contenders)
        line += f"\n| {name} | " + " | ".join(cells) + " |"
    return f"{head}\n{line}"


def _missed(rows: list[report.Row]) -> str:
    lines = ["| line | ours | limit | by |", "|---|---|---|---|"]
    for row in rows:
        for target in row["targets"]:
            if target["met"] is False:
                lines.append(f"| {_name(row)} | {_ours(row)} | {target['text']} | {_others(row)} |")
    return "\n".join(lines)


def _ours(row: report.Row) -> str:
    return report.value(row, row["medians"][OURS])


def _others(row: report.Row) -> str:
    medians = row["medians"]
    others = [name for name in medians if name != OURS]
    return ", ".join(f"{name} ×{report.short(medians[name] / medians[OURS])}" for name in others)


def _runs(rows: list[report.Row]) -> str:
    lines = ["| groups | measured | commit | machine | rounds | load |", "|---|---|---|---|---|---|"]
    runs: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        key = (row["date"], row["commit"], row["machine"], row["rounds"], str(row["load"]))
        runs.setdefault(key, []).append(row["group"])
    for (date, *rest), groups in runs.items():
        lines.append("| " + " | ".join(["; ".join(dict.fromkeys(groups)), date, *rest]) + " |")
    return "\n".join(lines)


def main(words: list[str]) -> int:
    """Fill in the pages, or check that they are filled in."""
    for page in PAGES:
        text = page.read_text()
        made = filled(text)
        if "--check" not in words:
            page.write_text(made)
        elif made != text:
            print(f"{page.name} is not made of bench/record.jsonl: python -m bench.page", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
