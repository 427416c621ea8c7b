"""Containers on a local or remote Docker Engine, for asyncio.

::

    async with connect() as client:
        result = await client.run_container("busybox", ["echo", "hello"], ["--rm"])
        print(result.stdout)

Nothing but Python modules is loaded at import; the shared library comes with the first
call of a client.
"""

from ._build_result import BuildEvent, BuildLog, BuildResult, BuildStep, BuildTransfer, BuildWarning
from ._connect import LocalDockerClient, RemoteDockerClient, TLSConfig, connect
from ._docker_client import DockerClient
from ._errors import (
    AuthenticationFailed,
    BuildFailed,
    ClientClosed,
    CommandFailed,
    Conflict,
    ConnectionLost,
    ContainerNotFound,
    ContainerNotRunning,
    ContextNotFound,
    DockerError,
    EngineError,
    EngineUnreachable,
    ForkedProcessError,
    HostKeyChanged,
    HostKeyUnknown,
    ImageNotFound,
    InternalError,
    InvalidArgument,
    NotFound,
    OperationCancelled,
    OperationTimeout,
    PathNotFound,
    PermissionDenied,
    RegistryAuthError,
    RegistryError,
)
from ._forwarding import ForwardingDockerClient
from ._host_results import HostCopyResult, SyncIssue, SyncReport
from ._image_results import LayerProgress, PullResult, PushResult, TransferResult, TransferStatus
from ._process import ContainerProcess
from ._result import CommandResult, ContainerState, CopyResult, ImagePruning, ImageRemoval, Orphan, PingResult, Progress
from ._stdin import ProcessStdin

__version__ = "0.1.0"

__all__ = [
    "AuthenticationFailed",
    "BuildEvent",
    "BuildFailed",
    "BuildLog",
    "BuildResult",
    "BuildStep",
    "BuildTransfer",
    "BuildWarning",
    "ClientClosed",
    "CommandFailed",
    "CommandResult",
    "Conflict",
    "ConnectionLost",
    "ContainerNotFound",
    "ContainerNotRunning",
    "ContainerProcess",
    "ContainerState",
    "ContextNotFound",
    "CopyResult",
    "DockerClient",
    "DockerError",
    "EngineError",
    "EngineUnreachable",
    "ForkedProcessError",
    "ForwardingDockerClient",
    "HostCopyResult",
    "HostKeyChanged",
    "HostKeyUnknown",
    "ImageNotFound",
    "ImagePruning",
    "ImageRemoval",
    "InternalError",
    "InvalidArgument",
    "LayerProgress",
    "LocalDockerClient",
    "NotFound",
    "OperationCancelled",
    "OperationTimeout",
    "Orphan",
    "PathNotFound",
    "PermissionDenied",
    "PingResult",
    "ProcessStdin",
    "Progress",
    "PullResult",
    "PushResult",
    "RegistryAuthError",
    "RegistryError",
    "RemoteDockerClient",
    "SyncIssue",
    "SyncReport",
    "TLSConfig",
    "TransferResult",
    "TransferStatus",
    "connect",
]
