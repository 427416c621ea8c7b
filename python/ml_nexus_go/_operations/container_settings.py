"""Changing containers by docker's options."""

from __future__ import annotations

from .._arguments.checks import Options, text
from .._wire.generated.methods import CONTAINER_UPDATE
from .requests import Requests


class ContainerSettings(Requests):
    """Methods whose options are those of docker's command, as for run_container."""

    async def update_container(self, container: str, options: Options) -> list[str]:
        """Change limits and the restart policy of a container; return the engine's warnings.

        ``options`` are those of ``docker update``, or UpdateOptions. Raises InvalidArgument
        for an option that does not exist or none at all, ContainerNotFound.
        """
        words = self._option_words(options)
        return (await self._call(CONTAINER_UPDATE({"container": text(container, "container"), "options": words})))[
            "warnings"
        ]
