"""What ends an operation from this side: its time, its client, this process, a defect."""

from __future__ import annotations

import errno
import sys
from typing import Any

from .base import DockerError

if sys.version_info >= (3, 11):
    _TIMEOUTS = TimeoutError
else:
    from asyncio import TimeoutError as _AsyncioTimeoutError

    class _TIMEOUTS(TimeoutError, _AsyncioTimeoutError):
        """Until Python 3.10 the two are different classes."""


# As core.ClosedError says it.
CLOSED = "the client is closed: open another with connect()"


class OperationTimeout(DockerError, _TIMEOUTS):
    """The operation's time is up, and its work was ended."""

    kind = "OperationTimeout"

    def __init__(self, message: str = "", **about: Any) -> None:
        super().__init__(message, **about)
        self.errno: int | None = errno.ETIMEDOUT
        self.strerror: str | None = message


class OperationCancelled(DockerError):
    """The operation was cancelled, but not by cancelling the task that waits for it."""

    kind = "Cancelled"


class ClientClosed(DockerError):
    """The client was closed."""

    kind = "ClientClosed"


class ForkedProcessError(DockerError):
    """The library was loaded before fork(): this child process cannot use it."""

    kind = "ForkedProcessError"


class InternalError(DockerError):
    """A defect of this package; the process goes on."""

    kind = "InternalError"
