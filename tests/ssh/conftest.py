"""Fixtures of a line that breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..support.proxy import Proxy


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    """A way to the testbed's sshd that the test can cut."""
    made = Proxy(tmp_path)
    yield made
    made.remove()
