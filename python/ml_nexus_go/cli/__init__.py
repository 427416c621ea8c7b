"""The command line: ``ml-nexus-go``. It needs the extra ``cli``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run a command line and exit."""
    _open_streams()
    try:
        import click  # noqa: F401, PLC0415
        import rich  # noqa: F401, PLC0415
    except ModuleNotFoundError as missing:
        sys.exit(f"ml-nexus-go needs {missing.name}, which is not installed: pip install 'ml_nexus_go[cli]'")
    from .app import app  # noqa: PLC0415
    from .work import fail  # noqa: PLC0415

    try:
        app(prog_name="ml-nexus-go")
    except OSError as error:  # a full disk, a terminal that is gone
        fail(str(error), 1)


def _open_streams() -> None:
    """Let the standard streams that the caller has closed be empty: Python has None for them."""
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), fd)
            setattr(sys, name, os.fdopen(fd, "w" if fd else "r", closefd=False))
