"""Programs in a process of their own: forks, signals, memory, imports."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .wait import DEADLINE

ROOT = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    """The environment for a program that imports the package as this process does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}


def python(source: str, *arguments: str, timeout: float = DEADLINE) -> subprocess.CompletedProcess[str]:
    """Run a Python program to its end, with warnings as errors."""
    argv = [sys.executable, "-W", "error", "-c", textwrap.dedent(source), *arguments]
    return subprocess.run(
        argv, capture_output=True, text=True, check=False, timeout=timeout, env=environment(), cwd=ROOT
    )


def printed(source: str, *arguments: str, timeout: float = DEADLINE) -> str:
    """Return what a Python program prints; it must succeed and print no error."""
    done = python(source, *arguments, timeout=timeout)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


@contextmanager
def started(source: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a Python program whose output the test reads. It is killed at the end if it still runs."""
    argv = [sys.executable, "-W", "error", "-c", textwrap.dedent(source), *arguments]
    with subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=ROOT,
    ) as program:
        try:
            yield program
        finally:
            program.kill()
