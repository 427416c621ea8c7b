"""bench.long: its recording, its pictures, and what it says of growth."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from bench.long import large, picture, watch


def samples(value: Callable[[int], float]) -> list[watch.Sample]:
    return [{"seconds": i, "operations": i, **dict.fromkeys(picture.PANELS, value(i))} for i in range(900)]


@pytest.mark.parametrize(
    ("value", "share"),
    [
        (lambda i: min(i, 100), 0.0),  # it warms up
        (lambda i: 100 + i, 0.54),  # 550 in the middle, 850 at the end
        (lambda i: 1000 if i % 50 == 0 else 10, 0.0),  # peaks
    ],
)
def test_growth_is_what_the_end_has_more_than_the_middle(value: Callable[[int], float], share: float) -> None:
    assert watch.grown(samples(value), "resident_mib") == pytest.approx(share, abs=0.05)


def test_a_picture_is_small_and_shows_each_quantity() -> None:
    text = picture.picture(samples(lambda i: i), "steady")
    assert len(text) < 20_000
    drawn = ET.fromstring(text)
    lines = drawn.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == len(picture.PANELS)
    assert all(len(line.get("points", "").split()) <= picture.POINTS for line in lines)
    assert "15 minutes, 899 operations" in text


async def test_the_recording_has_each_container_once() -> None:
    with large.recording(1200) as target:
        took = await large.measure(target, 1200)
    assert took["containers"] == 1200
    assert took["list_mib"] > 0
