"""JSON as it crosses the C ABI: UTF-8, compact, strict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._errors import InternalError, InvalidArgument

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")).encode
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def encode(request: Mapping[str, object]) -> bytes:
    """Encode a request.

    Raises InvalidArgument for text that is not Unicode, which is what os.fsdecode returns
    for a file name that is not UTF-8. (Such names inside a copied folder are fine.)
    """
    try:
        return _encode(request).encode()
    except UnicodeEncodeError as err:
        # What stands around it may be a secret.
        raise InvalidArgument(f"an argument is not UTF-8 text: it has {err.object[err.start : err.end]!r}") from None
    except (TypeError, ValueError, RecursionError) as err:
        raise InvalidArgument(f"an argument cannot be sent: {err}") from None


def decode(text: str) -> Any:
    """Decode a payload that Go has written."""
    try:
        return _scan(text, 0)[0]
    except (ValueError, StopIteration):
        raise InternalError(f"a frame is not JSON: {text[:80]!r}") from None
