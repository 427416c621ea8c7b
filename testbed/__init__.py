"""Real engines, SSH servers, toxiproxy and registries for tests, benchmarks and examples.

Run it as ``python3 -m testbed COMMAND`` from the repository root; see README.md.
A test finds out with :func:`load_state` what is running.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["load_state"]


def load_state() -> dict[str, Any]:
    """Return the running parts, by name, from the file that MLNG_TESTBED names.

    Raises RuntimeError if MLNG_TESTBED is unset or names no file.
    """
    path = os.environ.get("MLNG_TESTBED", "")
    if not path:
        raise RuntimeError("MLNG_TESTBED is not set: run the tests with: make test")
    try:
        parts: dict[str, Any] = json.loads(Path(path).read_text())["parts"]
    except (OSError, ValueError, KeyError) as err:
        raise RuntimeError(f"no testbed state in {path} ({err}): run the tests with: make test") from err
    return parts
