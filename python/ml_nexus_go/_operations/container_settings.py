"""Making and changing containers by docker's options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import Command, Options, command_words, seconds, text, yes_or_no
from .._arguments.environ import RUN_NAMES
from .._display.image_progress import RunProgressCallback, showing
from .._wire.generated.methods import CONTAINER_CREATE, CONTAINER_UPDATE
from .requests import Requests

if TYPE_CHECKING:
    from .._results.containers import CreatedContainer
    from .._wire.generated.containers import CreateContainerRequest


class ContainerSettings(Requests):
    """Methods whose options are those of docker's command, as for run_container."""

    async def create_container(
        self,
        image: str,
        command: Command | None = None,
        options: Options = None,
        *,
        shell: bool = False,
        timeout: float | None = None,
        queue_timeout: float | None = None,
        on_progress: RunProgressCallback | None = None,
        progress: bool = False,
    ) -> CreatedContainer:
        """Create a container as ``docker create`` does, and return its ID; start_container starts it.

        ``options`` are those of ``docker create``, or RunOptions: ``-d`` is none of them. An
        image that the engine does not have is pulled first, as for run_container. After
        ``timeout`` seconds, or when the task is cancelled, there is no container. In a fleet, the
        container keeps its place until it has ended, and ``queue_timeout`` is as for run_container.

        Raises InvalidArgument, ImageNotFound, Conflict where the name is in use.
        """
        yes_or_no(shell, "shell")
        words = self._option_words(options)
        request: CreateContainerRequest = {
            "image": text(image, "image"),
            "command": command_words(command),
            "options": words,
            "shell": shell,
            "environ": self._environ_named_by(words, *RUN_NAMES),
        }
        if queue_timeout is not None:
            request["queue_timeout"] = seconds(queue_timeout, "queue_timeout")
        limit = seconds(timeout, "timeout")
        with showing(on_progress, progress) as listener:
            request["progress"] = listener is not None
            result = await self._watch(CONTAINER_CREATE(request), limit, listener)
        return _results.containers.CreatedContainer(result["id"], tuple(result["warnings"]))

    async def update_container(self, container: str, options: Options) -> list[str]:
        """Change limits and the restart policy of a container; return the engine's warnings.

        ``options`` are those of ``docker update``, or UpdateOptions. Raises InvalidArgument
        for an option that does not exist or none at all, ContainerNotFound.
        """
        words = self._option_words(options)
        result = await self._call(CONTAINER_UPDATE({"container": text(container, "container"), "options": words}))
        return result["warnings"]
