# Written by go run ./tools/wire. Change the Go side instead.
"""What core/errors.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class Error(TypedDict):
    """Error is the only error type that leaves a backend. Message says what was wrong and what to do about it; it
    never holds a secret. Details are JSON values that a program may need (exit code, path, fingerprint).
    """

    kind: str
    op: str
    target: NotRequired[str]
    message: str
    details: NotRequired[dict[str, Any]]
