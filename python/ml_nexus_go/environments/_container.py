"""The named container of a persistent environment: who owns it, and how it is started."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from .._clients.docker_client import DockerClient
from .._display.live import expecting
from .._errors import Conflict, ContainerNotFound, OperationTimeout

logger = logging.getLogger("ml_nexus_go")

LABEL = "ml-nexus-go.environment"

# How long a container of this name may take to start, or to go away, seconds.
_PATIENCE = 60.0
_REMOVAL_POLL = 0.05


class NamedContainer:
    """A container that any number of environments, in any number of programs, share by name."""

    def __init__(self, client: DockerClient, name: str, image: str, replace: bool) -> None:
        self.client = client
        self.name = name
        self.image = image
        self.replace = replace
        self.known = ""  # its ID, once it was seen to run and to be ours

    def options(self) -> list[str]:
        """The options that distinguish the container from foreign ones with the same name."""
        return ["--label", f"{LABEL}={self.name}"]

    async def is_ready(self) -> bool:
        """Return whether it runs, and is ours. Raises Conflict for a foreign one."""
        state = await self.client.container_state(self.name)
        if not state.running:
            return False
        if state.id != self.known:
            if not await self._ours():
                await self._refuse("runs, and is not of this environment")
                return False
            self.known = state.id
        return True

    async def start(self, start: Callable[[], Awaitable[str]]) -> bool:
        """Start it with ``start``, unless another task or program does so at the same time.

        Return whether it was started here. Raises Conflict for a name in use, unless it is to be replaced.
        """
        loop, told = asyncio.get_running_loop(), False
        deadline = loop.time() + _PATIENCE
        while True:
            try:
                with expecting(Conflict):
                    self.known = await start()
                return True
            except Conflict as conflict:
                if conflict.details.get("reason") != "reserved":
                    given = await self._give_way(conflict, deadline)
                else:  # another program of the fleet, which may wait for its turn
                    if not told:
                        logger.info("waiting for the container that another program starts: %s", conflict)
                    told, deadline = True, loop.time() + _PATIENCE
                    given = bool(await self._begun())
                if given:
                    return False

    async def _begun(self) -> bool | None:
        """Wait a while for one that another program starts.

        Return whether it is the one wanted; None if it does not run yet.
        """
        late = (OperationTimeout, ContainerNotFound)
        with suppress(*late), expecting(*late):
            await self.client.wait_until_running(self.name, _PATIENCE / 6)
            return await self.is_ready()
        return None

    async def _give_way(self, conflict: Conflict, deadline: float) -> bool:
        """Handle the container that has the name; return whether it is the one wanted."""
        state = await self.client.container_state(self.name)
        if state.running:
            return await self.is_ready()
        if not state.exists:
            if asyncio.get_running_loop().time() > deadline:
                raise conflict
            return False
        if state.status == "created":
            begun = await self._begun()
            if begun is not None:
                return begun
        if state.status != "removing" and not await self._ours():
            await self._refuse(f"exists ({state.status or 'dead'}), and is not of this environment")
        else:
            await self.remove()
        if asyncio.get_running_loop().time() > deadline:
            raise conflict
        return False

    async def _ours(self) -> bool:
        """Whether an environment of this name made it: ml_nexus's own is known by the image."""
        try:
            with expecting(ContainerNotFound):
                config = (await self.client.inspect_container(self.name)).get("Config") or {}
        except ContainerNotFound:
            return True
        return (config.get("Labels") or {}).get(LABEL) == self.name or config.get("Image") == self.image

    async def _refuse(self, why: str, op: str = "ensure_container") -> None:
        if not self.replace:
            raise Conflict(
                f"a container {self.name!r} {why}: remove it, choose another container_name, or pass replace=True",
                op=op,
                target=self.client.target,
            )
        await self.remove()

    async def stop(self) -> None:
        """Stop it, and wait until the name is free; a missing container is fine.

        Raises Conflict for a foreign one, which keeps running, unless it is to be replaced.
        """
        if not await self._ours():
            await self._refuse("is not of this environment, and is left alone", "stop")
        with suppress(ContainerNotFound), expecting(ContainerNotFound):
            await self.client.stop_container(self.name)
        await self.remove()

    async def remove(self) -> None:
        """Remove it, and wait until the name is free."""
        self.known = ""
        while True:
            try:
                with expecting(ContainerNotFound, Conflict):
                    await self.client.remove_container(self.name, force=True)
            except ContainerNotFound:
                return
            except Conflict:  # it is being removed already, --rm: no event tells of its end
                await asyncio.sleep(_REMOVAL_POLL)
