"""python -m bench.long.picture SAMPLES SVG: a picture of a long run."""

from __future__ import annotations

import sys
from pathlib import Path

from .watch import Sample, read

PANELS = {
    "resident_mib": "resident memory, MiB", "descriptors": "file descriptors", "goroutines": "goroutines",
    "handles": "handles (operations and clients)", "python_objects": "Python objects",
}  # fmt: skip
WIDTH, HEIGHT, LEFT, GAP = 720, 90, 60, 34
POINTS = 240  # at most, of each line


def thinned(samples: list[Sample], what: str) -> list[tuple[float, float]]:
    """Return the highest value of each of POINTS spans of time."""
    size = -(-len(samples) // POINTS)
    spans = [samples[at : at + size] for at in range(0, len(samples), size)]
    return [(span[0]["seconds"], max(each[what] for each in span)) for span in spans]


def panel(samples: list[Sample], what: str, top: int) -> str:
    """Draw one quantity."""
    points = thinned(samples, what)
    end, most = max(points[-1][0], 1), max(value for _, value in points) * 1.1 or 1
    wide = WIDTH - LEFT - 10
    line = " ".join(f"{LEFT + at / end * wide:.0f},{top + HEIGHT - value / most * HEIGHT:.1f}" for at, value in points)
    least, highest = (f(value for _, value in points) for f in (min, max))
    return (
        f'<rect x="{LEFT}" y="{top}" width="{wide}" height="{HEIGHT}" fill="none" stroke="#ccc"/>'
        f'<text x="{LEFT}" y="{top - 6}">{PANELS[what]}: {least:,.0f} to {highest:,.0f}</text>'
        f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{most:,.0f}</text>'
        f'<text x="{LEFT - 6}" y="{top + HEIGHT}" text-anchor="end">0</text>'
        f'<polyline points="{line}" fill="none" stroke="#36c" stroke-width="1.5"/>'
    )


def picture(samples: list[Sample], title: str) -> str:
    """Return the whole picture as SVG."""
    height = 40 + len(PANELS) * (HEIGHT + GAP)
    panels = [panel(samples, what, 54 + number * (HEIGHT + GAP)) for number, what in enumerate(PANELS)]
    minutes, done = samples[-1]["seconds"] / 60, int(samples[-1]["operations"])
    head = f'<text x="{LEFT}" y="20" font-weight="bold">{title}: {minutes:.0f} minutes, {done:,} operations</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="11" fill="#333"><rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join([head, *panels])
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(picture(read(Path(sys.argv[1])), Path(sys.argv[1]).stem))
