"""The life of containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _results
from .._arguments.checks import Filters, filter_values, seconds, signal_name, text, whole_seconds, yes_or_no
from .._errors import InvalidArgument
from .._wire.generated.methods import (
    CONTAINER_INSPECT,
    CONTAINER_KILL,
    CONTAINER_LIST,
    CONTAINER_PAUSE,
    CONTAINER_PRUNE,
    CONTAINER_REMOVE,
    CONTAINER_RENAME,
    CONTAINER_RESIZE,
    CONTAINER_RESTART,
    CONTAINER_START,
    CONTAINER_STATE,
    CONTAINER_STOP,
    CONTAINER_UNPAUSE,
    CONTAINER_WAIT,
    CONTAINER_WAIT_UNTIL_RUNNING,
)
from .requests import Requests

if TYPE_CHECKING:
    from .._results.containers import ContainerPruning, ContainerState
    from .._wire.generated.requests import ContainerRequest, StopRequest


class Containers(Requests):
    """Methods about containers. Names must match exactly; IDs work too."""

    async def start_container(self, container: str) -> None:
        """Start a container that was created or has ended. Starting a running one succeeds."""
        await self._call(CONTAINER_START(_named(container)))

    async def stop_container(
        self,
        container: str,
        *,
        grace_period: float | None = None,
        signal: str | int | None = None,
        timeout: float | None = None,
    ) -> None:
        """Stop a container. Stopping a stopped one succeeds.

        ``grace_period`` is the seconds (rounded up) between ``signal`` and SIGKILL; None
        means the container's own setting, -1 for ever. ``timeout`` is its older name.
        """
        await self._call(CONTAINER_STOP(_stop_request(container, grace_period, signal, timeout)))

    async def restart_container(
        self,
        container: str,
        *,
        grace_period: float | None = None,
        signal: str | int | None = None,
        timeout: float | None = None,
    ) -> None:
        """Stop a container as stop_container does, and start it."""
        await self._call(CONTAINER_RESTART(_stop_request(container, grace_period, signal, timeout)))

    async def kill_container(self, container: str, signal: str | int = "SIGKILL") -> None:
        """Send a signal, by name or number. Raises ContainerNotRunning."""
        await self._call(CONTAINER_KILL({**_named(container), "signal": signal_name(signal)}))

    async def pause_container(self, container: str) -> None:
        """Freeze a container's processes; their memory stays.

        Raises Conflict where it is paused, ContainerNotRunning.
        """
        await self._call(CONTAINER_PAUSE(_named(container)))

    async def unpause_container(self, container: str) -> None:
        """Let the processes of a paused container go on. Raises Conflict where it is not paused."""
        await self._call(CONTAINER_UNPAUSE(_named(container)))

    async def remove_container(self, container: str, *, force: bool = False, volumes: bool = False) -> None:
        """Remove a container; ``force`` kills it first, ``volumes`` removes its anonymous volumes.

        Raises Conflict while it runs.
        """
        await self._call(CONTAINER_REMOVE({**_named(container), "force": force, "volumes": volumes}))

    async def prune_containers(self, *, filters: Filters = None, dry_run: bool = False) -> ContainerPruning:
        """Remove the containers that do not run, as ``docker container prune`` does.

        ``filters`` are docker's: ``{"label": ["a=b", "c"], "label!": "keep", "until": "24h"}``;
        one that does not exist is InvalidArgument, and nothing is sent. Filters of docker's
        settings (``pruneFilters``) count as well. With ``dry_run`` nothing is removed: the
        result is what would go. An engine prunes for one at a time: this waits. After
        ConnectionLost nothing is asked for a second time.
        """
        yes_or_no(dry_run, "dry_run")
        result = await self._call(CONTAINER_PRUNE({"filters": filter_values(filters), "dry_run": dry_run}))
        return _results.containers.ContainerPruning(tuple(result["deleted"]), result["reclaimed"])

    async def wait_container(self, container: str, *, timeout: float | None = None) -> int:
        """Wait until a container is not running, and return its exit code.

        Raises OperationTimeout after ``timeout`` seconds; the container keeps running.
        """
        result = await self._watch(CONTAINER_WAIT(_named(container)), seconds(timeout, "timeout"), None)
        return result["exit_code"]

    async def wait_until_running(self, container: str, timeout: float | None = None) -> None:
        """Wait until a container with this name exists and runs.

        Raises OperationTimeout after ``timeout`` seconds.
        """
        limit = seconds(timeout, "timeout")
        await self._watch(CONTAINER_WAIT_UNTIL_RUNNING(_named(container)), limit, None)

    async def rename_container(self, container: str, name: str) -> None:
        """Give a container another name. Raises Conflict if the name is in use."""
        await self._call(CONTAINER_RENAME({**_named(container), "name": text(name, "name")}))

    async def resize_container(self, container: str, rows: int, columns: int) -> None:
        """Set the size of a container's terminal, in characters."""
        await self._call(CONTAINER_RESIZE({**_named(container), "rows": rows, "columns": columns}))

    async def inspect_container(self, container: str) -> dict[str, Any]:
        """Return what ``docker inspect`` prints."""
        result: dict[str, Any] = await self._call(CONTAINER_INSPECT(_named(container)))
        return result

    async def list_containers(self) -> dict[str, dict[str, Any]]:
        """Return all containers by name, including stopped ones.

        Each row has the fields of ``docker ps -a --no-trunc=false --format '{{json .}}'``; of a
        fleet also ``Node``, the name of the node that has the container.
        """
        return {row["Names"]: row for row in await self._call(CONTAINER_LIST({}))}

    async def container_state(self, container: str) -> ContainerState:
        """Return whether a container exists, whether it runs, its status and ID."""
        result = await self._call(CONTAINER_STATE(_named(container)))
        return _results.containers.ContainerState(
            result["exists"], result["running"], result.get("status", ""), result.get("id", "")
        )

    async def container_exists(self, container: str) -> bool:
        """Return whether a container with this name or ID exists, running or not."""
        return (await self.container_state(container)).exists

    async def container_is_running(self, container: str) -> bool:
        """Return whether a container with this name or ID exists and runs."""
        return (await self.container_state(container)).running


def _named(container: str) -> ContainerRequest:
    return {"container": text(container, "container")}


def _stop_request(
    container: str, grace_period: float | None, signal: str | int | None, timeout: float | None
) -> StopRequest:
    if grace_period is not None and timeout is not None:
        raise InvalidArgument("grace_period and timeout are the same: give grace_period alone")
    grace, name = (grace_period, "grace_period") if timeout is None else (timeout, "timeout")
    return {
        "container": text(container, "container"),
        "timeout": whole_seconds(grace, name),
        "signal": None if signal is None else signal_name(signal),
    }
