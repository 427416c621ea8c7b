"""What a run of lines showed: as rows that a record keeps, and as tables of markdown."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Iterable
from typing import Any

from .line import CONTENDERS, OURS
from .runner import Result

# What a line's contenders did, as JSON: group, line, unit, amount (number and unit) or None, samples by
# contender (seconds or the line's unit), failures by contender, targets (text, met), date, machine, load.
Row = dict[str, Any]

_SCALES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))


def rows(results: Iterable[Result], effort: str) -> list[Row]:
    """Return the rows of a run."""
    about = {"date": time.strftime("%Y-%m-%d"), "rounds": effort, "load": round(os.getloadavg()[1], 1), **_machine()}
    return [
        {
            "group": result.group,
            "line": result.line.name,
            "unit": result.line.unit,
            "amount": result.line.amount,
            "medians": result.medians,
            "samples": {name: [_digits(value) for value in values] for name, values in result.samples.items()},
            "failures": result.failures,
            "targets": [{"text": target.text, "met": target.met(result.medians)} for target in result.line.targets],
            **about,
        }
        for result in results
    ]


def _digits(value: float) -> float:
    return float(f"{value:.5g}")


def _machine() -> dict[str, str]:
    processor = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    commit = subprocess.run(["git", "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=False)
    system = f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}"
    return {"machine": f"{os.cpu_count()} cores of {processor}, {system}", "commit": commit.stdout.strip()}


def _lines(path: str) -> list[str]:
    try:
        with open(path) as file:
            return file.read().splitlines()
    except OSError:
        return []


def tables(shown: list[Row]) -> str:
    """Render rows, group by group."""
    groups = dict.fromkeys(row["group"] for row in shown)
    return "\n\n".join(table([row for row in shown if row["group"] == group]) for group in groups)


def table(shown: list[Row]) -> str:
    """Render the rows of a group."""
    columns = [name for name in CONTENDERS if any(name in row["medians"] or name in row["failures"] for row in shown)]
    head = [shown[0]["group"], *columns, "target", ""]
    lines = [_joined(head), _joined(["---"] * len(head))]
    return "\n".join([*lines, *(_joined(_cells(row, columns)) for row in shown)])


def _joined(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(row: Row, columns: list[str]) -> list[str]:
    targets = "; ".join(target["text"] for target in row["targets"])
    return [row["line"], *(cell(row, name) for name in columns), targets, "; ".join(verdicts(row))]


def cell(row: Row, contender: str) -> str:
    """Write what a contender took, and how many times ours that is."""
    medians = row["medians"]
    if contender in row["failures"]:
        return "failed"
    if contender not in medians:
        return ""
    ratio = f" (×{short(medians[contender] / medians[OURS])})" if contender != OURS and medians.get(OURS) else ""
    return value(row, medians[contender]) + ratio


def verdicts(row: Row) -> list[str]:
    """Say for each target whether it was met."""
    words = {True: "met", False: "**missed**", None: "unknown"}
    return [words[target["met"]] for target in row["targets"]]


def value(row: Row, number: float) -> str:
    """Write a sample of a row with its unit."""
    if row["unit"] != "s":
        return f"{short(number)} {row['unit']}".strip()
    if row["amount"] is not None:
        return f"{short(row['amount'][0] / number)} {row['amount'][1]}/s"
    scale, unit = next((s for s in _SCALES if abs(number) >= s[0]), _SCALES[-1])
    return f"{short(number / scale)} {unit}"


def short(number: float) -> str:
    """Write a number with three digits."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.2f}" if abs(number) < 10 else f"{number:.1f}"


def summary(shown: list[Row]) -> str:
    """Say how many targets were met, where and when."""
    met = [target["met"] for row in shown for target in row["targets"]]
    runs = dict.fromkeys(f"{row['date']}, {row['machine']}, {row['rounds']}, load {row['load']}" for row in shown)
    counts = f"{met.count(True)} targets met, {met.count(False)} missed, {met.count(None)} unknown."
    return f"{counts} {'; '.join(runs)}."
