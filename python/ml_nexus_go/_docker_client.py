"""The class that users name in annotations."""

from __future__ import annotations

from ._commands import Commands
from ._containers import Containers
from ._files import Files
from ._images import Images
from ._registry import Registry
from ._system import System


class DockerClient(Commands, Containers, Files, Images, Registry, System):
    """One Docker Engine, however it is reached: what ``connect`` returns.

    All methods are coroutines (except container_logs, an asynchronous iterator) and may
    be called at once from any number of tasks, event loops and threads. Cancelling a
    task ends the work that it waits for, on the engine as well. Errors are DockerError.

    Use it as an asynchronous context manager, or call ``aclose``.
    """
