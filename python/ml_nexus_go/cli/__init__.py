"""The command line: ``ml-nexus-go``. It needs the extra ``cli``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run a command line and exit."""
    try:
        import click  # noqa: F401, PLC0415
        import rich  # noqa: F401, PLC0415
    except ModuleNotFoundError as missing:
        sys.exit(f"ml-nexus-go needs {missing.name}, which is not installed: pip install 'ml_nexus_go[cli]'")
    from .app import app  # noqa: PLC0415

    app(prog_name="ml-nexus-go")
