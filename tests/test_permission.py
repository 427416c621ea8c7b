"""A user who may not use the engine's socket."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import ml_nexus_go

from .support.bed import Engine

PROGRAM = """
import asyncio, pickle, sys
from ml_nexus_go import connect, DockerError

async def main(host):
    async with connect(host) as client:
        try:
            await client.ping()
        except DockerError as error:
            sys.stdout.buffer.write(pickle.dumps(error))

asyncio.run(main(sys.argv[1]))
"""
NOBODY = 65534


@pytest.fixture
def readable() -> Iterator[Path]:
    """The package and the interpreter's environment, where every user may read them."""
    folder = Path(tempfile.mkdtemp(prefix="mlng-t-"))
    try:
        folder.chmod(0o755)
        package = Path(ml_nexus_go.__file__ or "").parent
        shutil.copytree(package, folder / "ml_nexus_go", ignore=shutil.ignore_patterns("__pycache__"))
        yield folder
    finally:
        shutil.rmtree(folder)


def interpreter() -> str:
    """A Python that every user may start."""
    for program in (sys.executable, "/usr/bin/python3"):
        real = Path(os.path.realpath(program))
        if all(folder.stat().st_mode & 0o001 for folder in real.parents):
            return program
    raise AssertionError("no Python that another user may start")


@pytest.mark.connections("local")
def test_no_permission_for_the_socket(engine: Engine, readable: Path) -> None:
    done = subprocess.run(
        [interpreter(), "-c", PROGRAM, engine.host],
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        env={"PYTHONPATH": str(readable), "PATH": "/usr/bin:/bin", "HOME": "/"},
        cwd="/",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    error = pickle.loads(done.stdout)
    assert type(error) is ml_nexus_go.PermissionDenied
    assert isinstance(error, PermissionError)
    assert engine.socket in str(error)
    assert "group" in str(error)
    assert error.op
