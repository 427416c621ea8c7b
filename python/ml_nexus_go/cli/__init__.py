"""The command line: ``ml-nexus-go``. It needs the extra ``cli``."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Run a command line and exit."""
    _open_streams()
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt is signal.default_int_handler:  # it would print where in an import it came
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        import click  # noqa: F401, PLC0415
        import rich  # noqa: F401, PLC0415
    except ModuleNotFoundError as missing:
        sys.exit(f"ml-nexus-go needs {missing.name}, which is not installed: pip install 'ml_nexus_go[cli]'")
    from .app import app  # noqa: PLC0415
    from .work import fail  # noqa: PLC0415

    signal.signal(signal.SIGINT, interrupt)
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
