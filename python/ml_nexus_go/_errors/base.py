"""The base of all exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class DockerError(Exception):
    """The base of all errors of this package.

    ``kind`` is the class's name in Go's closed list, ``op`` the operation, ``target``
    the engine as the user named it, ``details`` further values (exit code, path,
    fingerprint). ``stdout`` and ``stderr`` are what a run or exec had printed by
    then, if it was collected; ``stdout_bytes`` and ``stderr_bytes`` the exact bytes. None
    of them ever contains a secret.
    """

    kind: ClassVar[str] = "EngineError"

    def __init__(
        self,
        message: str = "",
        *,
        op: str = "",
        target: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        # Not super(): the class of another package may stand behind this one (_results.ml_nexus).
        Exception.__init__(self, message)
        self.message = message
        self.op = op
        self.target = target
        self.details: dict[str, Any] = dict(details or {})
        self.stdout = ""
        self.stderr = ""
        self.stdout_bytes = b""
        self.stderr_bytes = b""

    def __str__(self) -> str:
        if not self.op:
            return self.message
        where = f" on {self.target}" if self.target else ""
        return f"{self.op}{where}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (restore, (type(self), dict(self.__dict__)))


def restore(cls: type[DockerError], state: dict[str, Any]) -> DockerError:
    """Undo pickling."""
    error = cls(state.get("message", ""), details=state.get("details"))  # filename is made of them
    error.__dict__.update(state)
    return error
