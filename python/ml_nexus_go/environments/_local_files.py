"""Local files of a transfer: the folders that it makes, and files that it needs for a moment."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def parents_of(path: Path) -> Iterator[None]:
    """Make a path's missing parents; those that are left empty by an error go again."""
    made = [parent for parent in path.parents if not parent.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for parent in made:
                parent.rmdir()
        raise


def temporary_file(data: bytes) -> str:
    """Make a local file that any user of a container may read."""
    fd, path = tempfile.mkstemp()
    with open(fd, "wb") as file:
        file.write(data)
    os.chmod(path, 0o644)  # the container's user may be another
    return path
