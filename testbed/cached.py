"""What is made once and kept for every testbed, keyed by version."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from .lock import locked
from .owner import own
from .paths import cache_dir


def made(name: str, make: Callable[[Path], None]) -> Path:
    """Return a file or folder of the cache, which ``make`` writes at another path the first time.

    It appears complete or not at all, and of several testbeds one makes it while the others wait.
    """
    target = cache_dir() / name
    if not target.exists():
        with locked(own(cache_dir()) / f"{name}.lock"):
            if not target.exists():
                partial = target.with_name(f"{name}.partial")
                _remove(partial)
                make(partial)
                partial.rename(target)
    return target


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
