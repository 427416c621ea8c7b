"""The class that users name in annotations."""

from __future__ import annotations

from ._archives import Archives
from ._builds import Builds
from ._commands import Commands
from ._containers import Containers
from ._files import Files
from ._host_files import HostFiles
from ._images import Images
from ._ml_nexus import Bound
from ._registry import Registry
from ._survivors import Survivors
from ._system import System


class DockerClient(
    Archives, Bound, Builds, Commands, Containers, Files, HostFiles, Images, Registry, Survivors, System
):
    """One Docker Engine, however it is reached: what ``connect`` returns.

    All methods are coroutines (except container_logs, an asynchronous iterator) and may
    be called at once from any number of tasks, event loops and threads. Cancelling a
    task ends the work that it waits for, on the engine as well. Errors are DockerError.

    Use it as an asynchronous context manager, or call ``aclose``.

    A subclass of your own implements ``aclose`` and the methods that you use; the others
    raise NotImplementedError. To change some methods of an existing client, subclass
    ForwardingDockerClient.
    """

    _foreign_base = ("ml_nexus.docker.client", "DockerClient")
