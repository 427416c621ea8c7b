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
        NodeLost
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

from .base import DockerError, restore
from .connections import (
    AuthenticationFailed,
    ConnectionLost,
    EngineUnreachable,
    HostKeyChanged,
    HostKeyUnknown,
    NodeLost,
)
from .ends import ClientClosed, ForkedProcessError, InternalError, OperationCancelled, OperationTimeout
from .requests import (
    Conflict,
    ContainerNotFound,
    ContainerNotRunning,
    ContextNotFound,
    ImageNotFound,
    InvalidArgument,
    NotFound,
    PathNotFound,
    PermissionDenied,
)
from .work import BuildFailed, CommandFailed, EngineError, RegistryAuthError, RegistryError

__all__ = [
    "AuthenticationFailed",
    "BuildFailed",
    "ClientClosed",
    "CommandFailed",
    "Conflict",
    "ConnectionLost",
    "ContainerNotFound",
    "ContainerNotRunning",
    "ContextNotFound",
    "DockerError",
    "EngineError",
    "EngineUnreachable",
    "ForkedProcessError",
    "HostKeyChanged",
    "HostKeyUnknown",
    "ImageNotFound",
    "InternalError",
    "InvalidArgument",
    "NodeLost",
    "NotFound",
    "OperationCancelled",
    "OperationTimeout",
    "PathNotFound",
    "PermissionDenied",
    "RegistryAuthError",
    "RegistryError",
    "restore",
]

# Tracebacks and pickles name the package: pickles load in any version.
for _name in __all__:
    globals()[_name].__module__ = __name__
