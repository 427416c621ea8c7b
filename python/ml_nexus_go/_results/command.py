"""What commands return: runs, execs, scripts."""

from __future__ import annotations

from typing import Any, NamedTuple

from .documents import public

_SHOWN = 500  # characters of each stream in a repr


@public
class LostAttempt(NamedTuple):
    """A run whose node was lost, and that was begun again elsewhere (``reschedule``).

    The output is what had been read, if it was collected.
    """

    node: str  # the node's name
    container_id: str  # "" if none was made
    reason: str
    stdout_bytes: bytes
    stderr_bytes: bytes


@public
class CommandResult(str):
    """How a run or an exec ended; as text, its stdout.

    ``stdout`` and ``stderr`` are UTF-8 with replacement characters, ``stdout_bytes`` and
    ``stderr_bytes`` exact; all are empty if a callback got the output. ``duration``
    is in seconds. ``warnings`` are the engine's and this client's. For a detached run the
    text is the container's ID. ``lost_attempts`` are those of a run in a fleet that was begun
    again elsewhere; their output is not in the result's.

    If ``ml_nexus.util`` has been imported, a result is also its PsResult: for
    isinstance, ``==`` with one, and the functions of dataclasses.
    """

    __slots__ = (
        "_stderr",
        "_stdout",
        "container_id",
        "duration",
        "exit_code",
        "lost_attempts",
        "oom_killed",
        "warnings",
    )

    _stdout: bytes | bytearray
    _stderr: bytes | bytearray
    container_id: str
    duration: float
    exit_code: int
    oom_killed: bool
    warnings: tuple[str, ...]
    lost_attempts: tuple[LostAttempt, ...]

    def __new__(
        cls,
        stdout: str | bytes | bytearray = b"",
        stderr: str | bytes | bytearray = b"",
        exit_code: int = 0,
        container_id: str = "",
        duration: float = 0.0,
        oom_killed: bool = False,
        warnings: tuple[str, ...] = (),
        lost_attempts: tuple[LostAttempt, ...] = (),
    ) -> CommandResult:
        if isinstance(stdout, str):
            stdout = stdout.encode("utf-8", "replace")
        if isinstance(stderr, str):
            stderr = stderr.encode("utf-8", "replace")
        self = super().__new__(cls, stdout, "utf-8", "replace")
        self._stdout, self._stderr = stdout, stderr
        self.exit_code = exit_code
        self.container_id = container_id
        self.duration = duration
        self.oom_killed = oom_killed
        self.warnings = warnings
        self.lost_attempts = lost_attempts
        return self

    def __repr__(self) -> str:
        ends = f"stdout={_end(self.stdout)}, stderr={_end(self.stderr)}"
        return f"CommandResult({ends}, exit_code={self.exit_code})"

    @property
    def stdout(self) -> str:
        """Standard output as text."""
        return str.__str__(self)

    @property
    def stderr(self) -> str:
        """Standard error as text."""
        return str(self._stderr, "utf-8", "replace")

    @property
    def stdout_bytes(self) -> bytes:
        """Standard output as exact bytes."""
        if not isinstance(self._stdout, bytes):
            self._stdout = bytes(self._stdout)
        return self._stdout

    @property
    def stderr_bytes(self) -> bytes:
        """Standard error as exact bytes."""
        if not isinstance(self._stderr, bytes):
            self._stderr = bytes(self._stderr)
        return self._stderr

    def __reduce__(self) -> tuple[Any, ...]:
        fields = (
            self.stdout_bytes,
            self.stderr_bytes,
            self.exit_code,
            self.container_id,
            self.duration,
            self.oom_killed,
            self.warnings,
            self.lost_attempts,
        )
        return (type(self), fields)


def _end(text: str) -> str:
    """Show a text, or the end of a long one."""
    return repr(text) if len(text) <= _SHOWN else f"...{text[-_SHOWN:]!r}"
