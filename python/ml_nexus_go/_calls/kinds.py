"""From an ERROR frame to an exception."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .. import _errors
from .._abi.json import decode
from .._errors import DockerError
from .._results.ml_nexus import command_failed_class

if TYPE_CHECKING:
    from .._wire.generated.errors import Error

logger = logging.getLogger("ml_nexus_go")

# Raised by this package alone: Go cannot report what keeps it from running.
PYTHON_ONLY = frozenset({"ForkedProcessError"})

KINDS: Mapping[str, type[DockerError]] = MappingProxyType(
    {
        cls.kind: cls
        for cls in vars(_errors).values()
        if isinstance(cls, type)
        and issubclass(cls, DockerError)
        and cls is not DockerError
        and cls.kind not in PYTHON_ONLY
    }
)


def error_from_frame(payload: bytes | memoryview) -> DockerError:
    """Return the exception for an ERROR frame's payload."""
    try:
        fields: Error = decode(str(payload, "utf-8"))
        kind, message = str(fields["kind"]), str(fields["message"])
    except (ValueError, KeyError, TypeError, DockerError) as err:
        return _errors.InternalError(f"an error frame is malformed: {err!r}")
    about: dict[str, Any] = {
        "op": fields.get("op", ""),
        "target": fields.get("target", ""),
        "details": fields.get("details"),
    }
    if kind == "CommandFailed":
        return command_failed_class()(message, exit_code=int((about["details"] or {}).get("exit_code", 1)), **about)
    cls = KINDS.get(kind)
    if cls is None:
        return _errors.InternalError(f"{message} (the kind {kind!r} is not known here)", **about)
    return cls(message, **about)
