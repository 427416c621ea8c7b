"""What a command, a build, a registry or the engine reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import DockerError

if TYPE_CHECKING:
    from .._results.command import CommandResult


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
        self.code: int = exit_code
        self.exit_code: int = exit_code
        self.result = result
        if result is not None:
            self.stdout: str = result.stdout
            self.stderr: str = result.stderr


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
