"""The class that users name in annotations."""

from __future__ import annotations

from .._operations.builds import Builds
from .._operations.commands import Commands
from .._operations.container_files import Files
from .._operations.container_images import ContainerImages
from .._operations.container_logs import ContainerLogs
from .._operations.container_settings import ContainerSettings
from .._operations.container_views import ContainerViews
from .._operations.containers import Containers
from .._operations.durable_execs import DurableExecs
from .._operations.events import Events
from .._operations.file_access import FileAccess
from .._operations.fleet import Fleet
from .._operations.forward import Ports
from .._operations.gpus import GPUs
from .._operations.host_files import HostFiles
from .._operations.image_archives import Archives
from .._operations.images import Images
from .._operations.networks import Networks
from .._operations.orphans import Orphans
from .._operations.registry import Registry
from .._operations.stats import Stats
from .._operations.system import System
from .._operations.views import Views
from .._operations.volumes import Volumes
from .._results.ml_nexus import Bound


class DockerClient(
    Archives,
    Bound,
    Builds,
    Commands,
    Containers,
    ContainerImages,
    ContainerLogs,
    ContainerSettings,
    ContainerViews,
    DurableExecs,
    Events,
    FileAccess,
    Files,
    Fleet,
    GPUs,
    HostFiles,
    Images,
    Networks,
    Orphans,
    Ports,
    Registry,
    Stats,
    System,
    Views,
    Volumes,
):
    """One Docker Engine, however it is reached: what ``connect`` returns.

    All methods are coroutines (except those that return an asynchronous iterator, and forward,
    whose result is a context manager), and any number of tasks, event loops and threads may call
    them concurrently. Cancelling a task ends the work that it waits for, on the engine as well.
    Errors are DockerError.

    Use it as an asynchronous context manager, or call ``aclose``.

    A subclass of your own implements ``aclose`` and the methods that you use; the others
    raise NotImplementedError. To change some methods of an existing client, subclass
    ForwardingDockerClient.
    """

    _foreign_base = ("ml_nexus.docker.client", "DockerClient")
