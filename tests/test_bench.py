"""The performance table's own arithmetic and order; what it measures is measured by ``make bench``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import page, record
from bench.kit import Kit
from bench.line import Contender, Group, Line, at_most, below, limit, speed
from bench.report import rows, tables
from bench.runner import run


def test_targets() -> None:
    medians = {"ours": 2.0, "today": 10.0, "floor": 1.9, "aiodocker": 2.0}
    assert at_most(1.1, "floor").met(medians) is True
    assert at_most(1.0, "floor").met(medians) is False
    assert below("aiodocker").met(medians) is False
    assert speed(5, "today").met(medians) is True
    assert speed(6, "today").met(medians) is False
    assert speed(1.0, "aiodocker", "floor").met(medians) is False, "the best of the others counts"
    assert limit("≤ 2", 2.0).met(medians) is True
    assert at_most(1.1, "floor").met({"ours": 1.0}) is None
    assert limit("≤ 2", 2.0).met({}) is None


async def test_contenders_take_turns_and_failures_are_left_out() -> None:
    order: list[str] = []

    def gives(name: str, *values: float) -> Contender:
        left = list(values)

        async def contender(_: Kit) -> float:
            order.append(name)
            return left.pop(0)

        return contender

    group = Group("some group")
    contenders = {"ours": gives("ours", 9, 0.1, 0.3), "floor": gives("floor", 9, 0.2, 0.2), "today": gives("today")}
    group.line("a line", contenders, rounds=2, targets=(at_most(1.1, "floor"), speed(2, "today")))
    group.line("derived", derive=lambda medians: {"ours": medians["some group", "a line"]["ours"] * 10}, unit="trips")
    results = await run([group], "", 1.0)
    # Drawn for each round; the first one warms up, and one contender fails in it.
    assert order == ["ours", "today", "floor", "floor", "ours", "floor", "ours"]
    assert results[0].samples == {"ours": [0.1, 0.3], "floor": [0.2, 0.2]}, "the first round warms up"
    assert "IndexError" in results[0].failures["today"]
    text = tables(rows(results, "all rounds"))
    assert "| a line | 200 ms | failed | 200 ms (\u00d71.00) |" in text
    assert "| met; unknown |" in text
    assert "| derived | 2.00 trips |" in text
    below = await run([Group("g", lines=[Line("less", {}, derive=lambda _: {"ours": -0.0123})])], "", 1.0)
    assert "| less | -12.3 ms |" in tables(rows(below, "all rounds"))


async def test_pages_are_made_of_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "PATH", tmp_path / "record.jsonl")

    async def measured(group: str, line: str, **seconds: float) -> None:
        made = Line(line, {}, targets=(at_most(1.0, "today"),), derive=lambda _: seconds)
        record.add(rows(await run([Group(group, lines=[made])], "", 1.0), "all rounds"))

    await measured("remote, 20 ms", "exec", ours=0.3, today=0.2)
    await measured("remote, 20 ms", "list", ours=0.5, today=0.5)
    await measured("local", "exec", ours=0.1, today=0.1)
    await measured("remote, 20 ms", "exec", ours=0.2, today=0.1)  # instead of the first
    assert [(row["group"], row["line"]) for row in record.read()] == [
        ("remote, 20 ms", "exec"), ("remote, 20 ms", "list"), ("local", "exec"),
    ]  # fmt: skip
    assert json.loads(record.PATH.read_text().splitlines()[0])["medians"] == {"ours": 0.2, "today": 0.1}
    made = page.filled(
        "<!-- bench: remote, 20 ms -->\nold\n<!-- end -->\n<!-- bench: none -->\n<!-- end -->\n"
        "<!-- bench rows: today -->\n| a | b |\n|---|---|\n| 20 ms: list | old |\n<!-- end -->\n"
        "<!-- bench missed -->\n<!-- end -->\n<!-- bench runs -->\n<!-- end -->\n"
    )
    assert page.filled(made) == made
    assert "old" not in made
    assert "| 20 ms: exec | 200 ms | 100 ms (\u00d70.50) | \u2264 1 \u00d7 today | **missed** |" in made
    assert "| 20 ms: list | 500 ms (\u00d71.00) |" in made
    assert "| 20 ms: exec | 200 ms | \u2264 1 \u00d7 today | today \u00d70.50 |" in made
    assert "`bench/run.sh --only 'none' --record`" in made
    assert "| remote, 20 ms; local |" in made
