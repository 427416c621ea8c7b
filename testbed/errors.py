"""The error that a failing command of the testbed ends with."""

from __future__ import annotations


class TestbedError(Exception):
    """A part cannot start, stop or be used; the text is one sentence for people."""
