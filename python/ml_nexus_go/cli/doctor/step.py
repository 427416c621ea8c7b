"""A step of the way, and what was found there."""

from __future__ import annotations

from dataclasses import dataclass

from ... import DockerError

OK, WARN, FAIL = "ok", "warn", "FAIL"


@dataclass(frozen=True)
class Step:
    """What was found at a step. Unless it is ok, the message has the cause and what to do."""

    step: str
    status: str  # OK, WARN or FAIL
    message: str
    error: str | None = None  # the class of the exception

    @property
    def failed(self) -> bool:
        """Whether this is wrong, and not only a warning."""
        return self.status == FAIL


def failure_of(step: str, error: DockerError) -> Step:
    """Return the step at which an error has come."""
    return Step(step, FAIL, error.message, type(error).__name__)
