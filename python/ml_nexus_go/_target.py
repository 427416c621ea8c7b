"""Targets, as far as Python looks at them: which class a client gets.

The parsing that counts is Go's, in core/target.go.
"""

from __future__ import annotations

_LOCAL = frozenset({"", "local", "localhost", "127.0.0.1"})


def is_remote(target: str) -> bool:
    """Whether a target names another machine by SSH."""
    if "://" in target:
        return target.startswith("ssh://")
    return target not in _LOCAL
