"""The picture of bench/growth.jsonl: a panel for each subject, both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .line import AIODOCKER, OURS

COLOURS = {
    "ping": "#888", "one container": "#36c", "exec true": "#c33", "one image": "#393", "list of containers": "#a3a",
    "list of images": "#e80",
}  # fmt: skip
WIDTH, HEIGHT, LEFT, GAP = 330, 200, 60, 60
BETWEEN = (1e-4, 10.0)  # seconds, from the bottom of a panel to its top

Row = dict[str, Any]


def picture(rows: Sequence[Row]) -> str:
    """Return the whole picture as SVG."""
    subjects = list(dict.fromkeys(row["subject"] for row in rows))
    height = 60 + -(-len(subjects) // 2) * (HEIGHT + GAP)
    parts = [_panel([row for row in rows if row["subject"] == name], number) for number, name in enumerate(subjects)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * (WIDTH + LEFT)}" height="{height}" '
        f'viewBox="0 0 {2 * (WIDTH + LEFT)} {height}" font-family="sans-serif" font-size="11" fill="#333">'
        f'<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join([_legend(), *parts]) + "\n</svg>\n"
    )


def _legend() -> str:
    words = []
    for number, (name, colour) in enumerate(COLOURS.items()):
        words.append(f'<text x="{20 + number * 118}" y="18" fill="{colour}">{name}</text>')
    return "".join(words) + '<text x="20" y="34">solid: ours; dashed: aiodocker</text>'


def _panel(rows: Sequence[Row], number: int) -> str:
    left, top = LEFT + number % 2 * (WIDTH + LEFT), 60 + number // 2 * (HEIGHT + GAP)
    most = max(row["size"] for row in rows)
    parts = [
        f'<rect x="{left}" y="{top}" width="{WIDTH - 20}" height="{HEIGHT}" fill="none" stroke="#ccc"/>',
        f'<text x="{left}" y="{top - 6}" font-weight="bold">{rows[0]["subject"]}: 1 to {most:,}</text>',
    ]
    for decade in range(round(math.log10(BETWEEN[0])), round(math.log10(BETWEEN[1])) + 1):
        at = _up(10.0**decade, top)
        parts.append(f'<line x1="{left}" x2="{left + WIDTH - 20}" y1="{at:.1f}" y2="{at:.1f}" stroke="#eee"/>')
        parts.append(f'<text x="{left - 4}" y="{at + 4:.1f}" text-anchor="end">{_time(10.0**decade)}</text>')
    for size in sorted({row["size"] for row in rows}):
        x = _along(size, most, left)
        parts.append(f'<text x="{x:.0f}" y="{top + HEIGHT + 14}" text-anchor="middle">{size:,}</text>')
    for operation, colour in COLOURS.items():
        for contender, dashes in ((OURS, ""), (AIODOCKER, ' stroke-dasharray="4 3"')):
            mine = [row for row in rows if row["operation"] == operation and contender in row["seconds"]]
            points = [(_along(row["size"], most, left), _up(row["seconds"][contender], top)) for row in mine]
            line = " ".join(f"{x:.0f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"{dashes}/>')
    return "".join(parts)


def _along(size: float, most: float, left: int) -> float:
    return left + 10 + math.log10(size) / max(math.log10(most), 1) * (WIDTH - 40)


def _up(seconds: float, top: int) -> float:
    low, high = (math.log10(each) for each in BETWEEN)
    share = (math.log10(min(max(seconds, BETWEEN[0]), BETWEEN[1])) - low) / (high - low)
    return top + HEIGHT - share * HEIGHT


def _time(seconds: float) -> str:
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"
