"""Under sudo, the cache stays the property of the user who called."""

from __future__ import annotations

import os
from pathlib import Path

from .paths import invoking_gid, invoking_uid


def own(path: Path) -> Path:
    """Make a folder, with the folders above it, that the user who called can write to."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for made in {path, *missing}:
        _give(made)
    return path


def own_below(path: Path) -> None:
    """Give the user everything in a folder."""
    if os.getuid() == invoking_uid():
        return
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            _give(Path(folder) / name)


def _give(path: Path) -> None:
    if os.getuid() == 0 and invoking_uid() != 0:
        os.chown(path, invoking_uid(), invoking_gid(), follow_symlinks=False)
