"""Refuses systems that the library cannot be loaded on. The package's first import.

It imports nothing but ``sys``, so that it also works where other modules of the package do
not, and from the source tree during an installation (``hatch_build.py``).
"""

from __future__ import annotations

import sys


def problem(platform: str, multiarch: str) -> str | None:
    """Return why the package does not work on this system, or None. Both arguments are Python's own names."""
    if platform == "linux" and "musl" in multiarch:
        return (
            "ml_nexus_go needs Linux with glibc, and this one has musl (as Alpine does), where Go's shared "
            "libraries cannot be loaded: use a system or an image with glibc, such as python:3-slim"
        )
    if platform in ("win32", "cygwin"):
        return "ml_nexus_go runs on Linux with glibc and on macOS, not on Windows: use it in WSL 2"
    if platform not in ("linux", "darwin"):
        return f"ml_nexus_go runs on Linux with glibc and on macOS, not on {platform}"
    return None


_reason = problem(sys.platform, getattr(sys.implementation, "_multiarch", ""))
if _reason is not None:
    raise ImportError(_reason)
