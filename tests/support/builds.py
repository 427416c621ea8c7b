"""Contexts of builds."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path


def context(folder: Path, dockerfile: str | None = None, **files: str) -> Path:
    """Fill a folder; ``__`` in a keyword stands for a dot."""
    folder.mkdir(exist_ok=True)
    if dockerfile is not None:
        (folder / "Dockerfile").write_text(dockerfile)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def fresh(*lines: str, image: str = "mlng-busybox") -> str:
    """Return a Dockerfile that no cache knows."""
    return "\n".join([f"FROM {image}", f"ENV ONCE={uuid.uuid4().hex}", *lines, ""])


def processes(pattern: str) -> list[str]:
    """Return the processes on this machine, also in containers, whose command line contains a text."""
    done = subprocess.run(["pgrep", "-f", "--", pattern], capture_output=True, text=True, check=False)
    return done.stdout.split()
