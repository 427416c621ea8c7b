"""The table, as markdown, and the samples, as JSON."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path

from .line import CONTENDERS, OURS, Line
from .runner import Result

_SCALES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))


def table(results: list[Result]) -> str:
    """Render the results, group by group."""
    blocks = []
    for group in dict.fromkeys(result.group for result in results):
        rows = [result for result in results if result.group == group]
        columns = [name for name in CONTENDERS if any(name in row.samples or name in row.failures for row in rows)]
        head = [group, *columns, "target", ""]
        lines = [_row(head), _row(["---"] * len(head))]
        lines += [_row(_cells(row, columns)) for row in rows]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n\n" + _summary(results) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(result: Result, columns: list[str]) -> list[str]:
    medians = result.medians
    cells = []
    for name in columns:
        if name in result.failures:
            cells.append("failed")
        elif name not in medians:
            cells.append("")
        else:
            ratio = f" (×{_short(medians[name] / medians[OURS])})" if name != OURS and medians.get(OURS) else ""
            cells.append(_value(result.line, medians[name]) + ratio)
    targets = "; ".join(target.text for target in result.line.targets)
    return [result.line.name, *cells, targets, "; ".join(_verdicts(result))]


def _verdicts(result: Result) -> list[str]:
    words = {True: "met", False: "**missed**", None: "unknown"}
    return [words[target.met(result.medians)] for target in result.line.targets]


def _value(line: Line, value: float) -> str:
    if line.unit != "s":
        return f"{_short(value)} {line.unit}".strip()
    if line.amount is not None:
        return f"{_short(line.amount[0] / value)} {line.amount[1]}/s"
    scale, unit = next((s for s in _SCALES if abs(value) >= s[0]), _SCALES[-1])
    return f"{_short(value / scale)} {unit}"


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def _summary(results: list[Result]) -> str:
    verdicts = [target.met(result.medians) for result in results for target in result.line.targets]
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    return (
        f"{verdicts.count(True)} targets met, {verdicts.count(False)} missed, {verdicts.count(None)} unknown. "
        f"{machine}, load {os.getloadavg()[0]:.1f} at the end, {time.strftime('%Y-%m-%d')}."
    )


def save(results: list[Result], path: Path) -> None:
    """Write all samples, medians and verdicts."""
    rows = [
        {
            "group": result.group,
            "line": result.line.name,
            "unit": result.line.unit,
            "medians": result.medians,
            "samples": result.samples,
            "failures": result.failures,
            "targets": [{"text": target.text, "met": target.met(result.medians)} for target in result.line.targets],
        }
        for result in results
    ]
    path.write_text(json.dumps(rows, indent=1) + "\n")
