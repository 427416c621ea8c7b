"""A small disk of its own for an engine's data, which can be filled without filling the machine's."""

from __future__ import annotations

from pathlib import Path

from .process import run

SIZE = 1 << 30


def mount(file: Path, folder: Path) -> None:
    """Make an empty filesystem in a file, which takes only what is used of it, and mount it."""
    if folder.is_mount():
        return
    with file.open("wb") as made:
        made.truncate(SIZE)
    run(["mkfs.ext4", "-q", "-F", "-m", "0", str(file)])
    run(["mount", "-o", "loop", str(file), str(folder)])
