"""The exceptions. Each class that Go reports by a kind has that kind's name.

::

    DockerError(Exception)
      InvalidArgument(ValueError)
      NotFound
        ContainerNotFound
        ImageNotFound
        ContextNotFound
        PathNotFound(FileNotFoundError)
      Conflict
        ContainerNotRunning
      CommandFailed
      BuildFailed
      RegistryError
        RegistryAuthError
      EngineError
      EngineUnreachable
      ConnectionLost
      AuthenticationFailed
      HostKeyUnknown
      HostKeyChanged
      PermissionDenied(PermissionError)
      OperationTimeout(TimeoutError)
      OperationCancelled
      ClientClosed
      ForkedProcessError
      InternalError

All can be pickled.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from ._results.command import CommandResult

if sys.version_info >= (3, 11):
    _TIMEOUTS = TimeoutError
else:
    from asyncio import TimeoutError as _AsyncioTimeoutError

    class _TIMEOUTS(TimeoutError, _AsyncioTimeoutError):
        """Until Python 3.10 the two are different classes."""


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


class InvalidArgument(DockerError, ValueError):
    """An invalid argument. Nothing was done."""

    kind = "InvalidArgument"


class NotFound(DockerError):
    """What the operation names does not exist."""

    kind = "NotFound"


class ContainerNotFound(NotFound):
    """No container with this name or ID."""

    kind = "ContainerNotFound"


class ImageNotFound(NotFound):
    """No image with this reference or ID."""

    kind = "ImageNotFound"


class ContextNotFound(NotFound):
    """No docker context with this name."""

    kind = "ContextNotFound"


class PathNotFound(NotFound, FileNotFoundError):
    """No file or folder with this path, here, in the container or on the host."""

    kind = "PathNotFound"

    def __init__(self, message: str = "", **about: Any) -> None:
        super().__init__(message, **about)
        self.errno, self.strerror = errno.ENOENT, message
        self.filename = self.details.get("path")


class Conflict(DockerError):
    """The engine's state does not allow it: a name in use, an image in use."""

    kind = "Conflict"


class ContainerNotRunning(Conflict):
    """The container exists but is not running."""

    kind = "ContainerNotRunning"


class CommandFailed(DockerError):
    """A command ended with a non-zero exit code.

    126 means that the command is not executable, 127 that it was not found, 128 + N that
    signal N ended it. ``code`` is the same as ``exit_code``. ``result`` is the whole
    CommandResult. If ``ml_nexus.util`` has been imported, its CommandException catches it
    as well.
    """

    kind = "CommandFailed"

    def __init__(
        self, message: str = "", *, exit_code: int = 1, result: CommandResult | None = None, **about: Any
    ) -> None:
        super().__init__(message, **about)
        self.code = self.exit_code = exit_code
        self.result = result
        if result is not None:
            self.stdout, self.stderr = result.stdout, result.stderr


class BuildFailed(DockerError):
    """An image could not be built.

    ``log`` is the build's output as docker prints it without a terminal, ``log_tail``
    the last lines that the failed step printed. ``source`` shows the place in the
    Dockerfile as docker does. What is unknown is "" or None.
    """

    kind = "BuildFailed"

    @property
    def log(self) -> str:
        """The build's output until its end."""
        return str(self.details.get("log", ""))

    @property
    def log_tail(self) -> list[str]:
        """The last lines of the failed step's output, at most 20."""
        return list(self.details.get("log_tail") or ())

    @property
    def step(self) -> str:
        """The step that failed: ``[2/3] RUN make``."""
        return str(self.details.get("step", ""))

    @property
    def exit_code(self) -> int | None:
        """The exit code of the step's command."""
        code: int | None = self.details.get("exit_code")
        return code

    @property
    def line(self) -> int | None:
        """The line of the Dockerfile, counted from 1."""
        line: int | None = self.details.get("line")
        return line

    @property
    def source(self) -> str:
        """The line with its neighbours."""
        return str(self.details.get("source", ""))


class RegistryError(DockerError):
    """The registry refused or failed."""

    kind = "RegistryError"


class RegistryAuthError(RegistryError):
    """The registry needs another login."""

    kind = "RegistryAuthError"


class EngineError(DockerError):
    """The engine answered with an error that has no class of its own."""

    kind = "EngineError"


class EngineUnreachable(DockerError):
    """No engine answers at the target."""

    kind = "EngineUnreachable"


class ConnectionLost(DockerError):
    """The connection was lost during the operation.

    Idempotent operations are repeated before this is raised. What was read of
    a run or an exec is in ``stdout`` and ``stderr``. ``details`` may have ``exec_id`` (of
    an exec), ``container_id`` (of a run) and ``exit_code`` (if the end is known).
    """

    kind = "ConnectionLost"

    @property
    def may_still_run(self) -> bool:
        """Whether the process may still run: the engine could not be asked to end it, or it was left alone."""
        return bool(self.details.get("may_still_run"))


class AuthenticationFailed(DockerError):
    """The SSH server or the engine accepts none of the keys offered."""

    kind = "AuthenticationFailed"


class HostKeyUnknown(DockerError):
    """No known_hosts file has the key of this SSH server."""

    kind = "HostKeyUnknown"


class HostKeyChanged(DockerError):
    """The SSH server's key differs from the one in known_hosts."""

    kind = "HostKeyChanged"


class PermissionDenied(DockerError, PermissionError):
    """The socket, a file or the engine may not be used."""

    kind = "PermissionDenied"

    def __init__(self, message: str = "", **about: Any) -> None:
        super().__init__(message, **about)
        self.errno, self.strerror = errno.EACCES, message
        self.filename = self.details.get("path")


class OperationTimeout(DockerError, _TIMEOUTS):
    """The operation's time is up, and its work was ended."""

    kind = "OperationTimeout"

    def __init__(self, message: str = "", **about: Any) -> None:
        super().__init__(message, **about)
        self.errno, self.strerror = errno.ETIMEDOUT, message


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


def restore(cls: type[DockerError], state: dict[str, Any]) -> DockerError:
    """Undo pickling."""
    error = cls(state.get("message", ""), details=state.get("details"))  # filename is made of them
    error.__dict__.update(state)
    return error
