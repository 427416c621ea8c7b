"""Fills in the tables of docs/performance.md from the record: no figure is typed by hand.

    python -m bench.page [--check]

The page says where: ``<!-- bench: local -->`` is followed by the table of a group,
``<!-- bench: local / exec true -->`` by the row of one line, ``<!-- bench missed -->`` by the lines that missed a
target, and ``<!-- bench runs -->`` by where and when they were measured. ``<!-- end -->`` ends each.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from . import record, report
from .line import OURS

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_PLACE = re.compile(r"(<!-- bench(?P<what>:? [^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str) -> str:
    """Return the page with the record's figures."""
    rows = record.read()

    def put(place: re.Match[str]) -> str:
        what = place["what"].strip()
        if what == "missed":
            made = _missed(rows)
        elif what == "runs":
            made = _runs(rows)
        else:
            made = _table(what.removeprefix(":").strip(), rows)
        return f"{place[1]}\n{made}\n\n{place[3]}"

    return _PLACE.sub(put, text)


def _table(what: str, rows: list[report.Row]) -> str:
    group, _, line = (part.strip() for part in what.partition(" / "))
    shown = [row for row in rows if row["group"] == group and line in ("", row["line"])]
    if not shown:
        raise SystemExit(f"{record.PATH} has no row of {what!r}: bench/run.sh --only {group} --record")
    return report.table(shown)


def _missed(rows: list[report.Row]) -> str:
    lines = ["| line | ours | limit | by |", "|---|---|---|---|"]
    for row in rows:
        for target in row["targets"]:
            if target["met"] is False:
                lines.append(f"| {row['group']}: {row['line']} | {_ours(row)} | {target['text']} | {_others(row)} |")
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
        lines.append("| " + " | ".join([", ".join(dict.fromkeys(groups)), date, *rest]) + " |")
    return "\n".join(lines)


def main(words: list[str]) -> int:
    """Fill in the page, or check that it is filled in."""
    text = PAGE.read_text()
    made = filled(text)
    if "--check" not in words:
        PAGE.write_text(made)
    elif made != text:
        print("docs/performance.md is not made of bench/record.jsonl: python -m bench.page", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
