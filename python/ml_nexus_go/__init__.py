"""Containers on a local or remote Docker Engine, for asyncio.

::

    async with connect() as client:
        result = await client.run_container("busybox", ["echo", "hello"], ["--rm"])
        print(result.stdout)

Importing loads only Python modules; the first call of a client loads the shared library.
"""

import typing

from . import _results
from ._abi import supported as _supported  # noqa: F401 - first: it refuses systems that nothing works on
from ._calls.process import ContainerProcess
from ._calls.stdin import ProcessStdin
from ._clients.connect import LocalDockerClient, RemoteDockerClient, TLSConfig, connect
from ._clients.docker_client import DockerClient, Place
from ._clients.forwarding import ForwardingDockerClient
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
    NodeLost,
    NotFound,
    OperationCancelled,
    OperationTimeout,
    PathNotFound,
    PermissionDenied,
    RegistryAuthError,
    RegistryError,
)
from ._results.command import CommandResult, LostAttempt
from ._results.output import LogLine, OutputLine
from ._results.progress import Progress, Waiting

if typing.TYPE_CHECKING:
    from ._options import BuildOptions, ExecOptions, RunOptions, UpdateOptions
    from ._results.builds import BuildEvent, BuildLog, BuildResult, BuildStep, BuildTransfer, BuildWarning
    from ._results.container_details import ContainerConfig, ContainerDetails, ContainerHostConfig
    from ._results.container_files import FileEntry, OpenVolume
    from ._results.container_views import Container, ContainerMount, ContainerNetwork
    from ._results.containers import (
        ContainerChange,
        ContainerPort,
        ContainerPruning,
        ContainerState,
        ContainerTop,
        CopyResult,
        CreatedContainer,
        Orphan,
    )
    from ._results.disk_usage import (
        BuildCacheRecord,
        BuildCacheUsage,
        ContainersUsage,
        DiskUsage,
        ImagesUsage,
        ImageUsage,
        Usage,
        VolumesUsage,
        VolumeUsage,
    )
    from ._results.events import Event, EventGap
    from ._results.fleet import FleetNode, NodeDevices, Reservation, WaitingRun
    from ._results.gpus import GPU, GPUProcess
    from ._results.host_files import HostCopyResult, SyncIssue, SyncReport
    from ._results.image_views import Image, ImageConfig, ImageDetails
    from ._results.images import (
        Distribution,
        ImagePruning,
        ImageRemoval,
        LayerProgress,
        PullResult,
        PushResult,
        TransferResult,
        TransferStatus,
    )
    from ._results.networks import Network, NetworkContainer, Subnet
    from ._results.ports import PortForward
    from ._results.stats import ContainerStats
    from ._results.system import BuildCachePruning, PingResult, SystemPruning
    from ._results.volumes import Volume, VolumePruning

__version__ = "0.1.0"

__all__ = [
    "GPU",
    "AuthenticationFailed",
    "BuildCachePruning",
    "BuildCacheRecord",
    "BuildCacheUsage",
    "BuildEvent",
    "BuildFailed",
    "BuildLog",
    "BuildOptions",
    "BuildResult",
    "BuildStep",
    "BuildTransfer",
    "BuildWarning",
    "ClientClosed",
    "CommandFailed",
    "CommandResult",
    "Conflict",
    "ConnectionLost",
    "Container",
    "ContainerChange",
    "ContainerConfig",
    "ContainerDetails",
    "ContainerHostConfig",
    "ContainerMount",
    "ContainerNetwork",
    "ContainerNotFound",
    "ContainerNotRunning",
    "ContainerPort",
    "ContainerProcess",
    "ContainerPruning",
    "ContainerState",
    "ContainerStats",
    "ContainerTop",
    "ContainersUsage",
    "ContextNotFound",
    "CopyResult",
    "CreatedContainer",
    "DiskUsage",
    "Distribution",
    "DockerClient",
    "DockerError",
    "EngineError",
    "EngineUnreachable",
    "Event",
    "EventGap",
    "ExecOptions",
    "FileEntry",
    "FleetNode",
    "ForkedProcessError",
    "ForwardingDockerClient",
    "GPUProcess",
    "HostCopyResult",
    "HostKeyChanged",
    "HostKeyUnknown",
    "Image",
    "ImageConfig",
    "ImageDetails",
    "ImageNotFound",
    "ImagePruning",
    "ImageRemoval",
    "ImageUsage",
    "ImagesUsage",
    "InternalError",
    "InvalidArgument",
    "LayerProgress",
    "LocalDockerClient",
    "LogLine",
    "LostAttempt",
    "Network",
    "NetworkContainer",
    "NodeDevices",
    "NodeLost",
    "NotFound",
    "OpenVolume",
    "OperationCancelled",
    "OperationTimeout",
    "Orphan",
    "OutputLine",
    "PathNotFound",
    "PermissionDenied",
    "PingResult",
    "Place",
    "PortForward",
    "ProcessStdin",
    "Progress",
    "PullResult",
    "PushResult",
    "RegistryAuthError",
    "RegistryError",
    "RemoteDockerClient",
    "Reservation",
    "RunOptions",
    "Subnet",
    "SyncIssue",
    "SyncReport",
    "SystemPruning",
    "TLSConfig",
    "TransferResult",
    "TransferStatus",
    "UpdateOptions",
    "Usage",
    "Volume",
    "VolumePruning",
    "VolumeUsage",
    "VolumesUsage",
    "Waiting",
    "WaitingRun",
    "connect",
]


def _name_by_the_package(public: typing.Any) -> None:
    """Let pickles name the package, not the room that a class lives in: they load in any version.

    The exceptions stay in _errors, where tracebacks show them.
    """
    if getattr(public, "__module__", "").count(".") > 1:
        public.__module__ = __name__


for _name in globals().keys() & set(__all__):
    _name_by_the_package(globals()[_name])

# Pickles of 0.1.0 name modules that are gone.
__path__.append(f"{__path__[0]}/_moved")


def __getattr__(name: str) -> object:
    # Most programs name few results and no typed options: those load when they are used.
    if name in ("BuildOptions", "ExecOptions", "RunOptions", "UpdateOptions"):
        from . import _options  # noqa: PLC0415

        return getattr(_options, name)
    if name in __all__:
        return _results.named(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    # Also what is not loaded yet, for completion and help().
    return sorted({*globals(), *__all__})
