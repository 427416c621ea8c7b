"""What was asked for is invalid, missing, in the way or not allowed."""

from __future__ import annotations

import errno
from typing import Any

from .base import DockerError


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
        self.errno: int | None = errno.ENOENT
        self.strerror: str | None = message
        self.filename: Any = self.details.get("path")


class Conflict(DockerError):
    """The engine's state does not allow it: a name in use, an image in use."""

    kind = "Conflict"


class ContainerNotRunning(Conflict):
    """The container exists but is not running."""

    kind = "ContainerNotRunning"


class PermissionDenied(DockerError, PermissionError):
    """The socket, a file or the engine may not be used."""

    kind = "PermissionDenied"

    def __init__(self, message: str = "", **about: Any) -> None:
        super().__init__(message, **about)
        self.errno: int | None = errno.EACCES
        self.strerror: str | None = message
        self.filename: Any = self.details.get("path")
