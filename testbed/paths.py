"""Where the testbed keeps what it makes.

The run directory is short, because a unix socket's path has at most 108 bytes.
Engines keep their images on disk, not in the run directory, which may be in memory.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def invoking_uid() -> int:
    """Return the user's ID, also under sudo."""
    return int(os.environ.get("SUDO_UID", os.getuid())) if os.getuid() == 0 else os.getuid()


def invoking_gid() -> int:
    """Return the user's group ID, also under sudo."""
    return int(os.environ.get("SUDO_GID", os.getgid())) if os.getuid() == 0 else os.getgid()


def run_dir() -> Path:
    """Sockets, keys, logs, pid files and state.json; gone after ``down``."""
    return Path(os.environ.get("MLNG_TESTBED_DIR") or f"/run/mlng-{invoking_uid()}").absolute()


def run_id() -> str:
    """Return six characters that distinguish this testbed's kernel objects from another one's."""
    return hashlib.sha1(str(run_dir()).encode()).hexdigest()[:6]


def data_dir() -> Path:
    """Images and containers of the engines; gone after ``down``."""
    return Path("/var/tmp") / f"mlng-{run_id()}"


def cache_dir() -> Path:
    """Downloaded and built files, keyed by version; stays after ``down``."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "ml_nexus_go" / "testbed"


def state_file() -> Path:
    """What MLNG_TESTBED names for the tests."""
    return run_dir() / "state.json"


def part_dir(name: str) -> Path:
    """The run directory's folder of one part."""
    return run_dir() / name


def repo_root() -> Path:
    """Return the repository that contains this package."""
    return Path(__file__).resolve().parent.parent
