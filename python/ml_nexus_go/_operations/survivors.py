"""What outlives a line or a program: durable execs, and containers of killed programs."""

from __future__ import annotations

from typing import Any

from .._arguments.checks import byte_position, seconds, text
from .._calls.run import OutputCallback
from .._errors import InvalidArgument
from .._results.command import CommandResult
from .._results.containers import Orphan
from .requests import Requests


class Survivors(Requests):
    """Methods that find again what was begun before."""

    async def reattach_exec(
        self,
        container: str,
        exec_id: str,
        *,
        stdout_from: int = 0,
        stderr_from: int = 0,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        timeout: float | None = None,
        check: bool = True,
    ) -> CommandResult:
        """Read the output of an exec that was begun with ``durable=True``, until its end.

        ``exec_id`` is ``ContainerProcess.exec_id``, or ``details["exec_id"]`` of a
        ConnectionLost; any program may use it. ``stdout_from`` and ``stderr_from`` are
        how many bytes of each output are known already. What the exec kept in the
        container is removed when it was read to the end. ``timeout`` (seconds) and
        cancelling end the reading only: the process goes on.

        Raises NotFound where there is no such exec, or it was read to its end before;
        CommandFailed as exec_container does; ConnectionLost, after which it can be
        called again.
        """
        request: dict[str, Any] = {
            "container": text(container, "container"),
            "exec_id": text(exec_id, "exec_id"),
            "stdout_from": byte_position(stdout_from, "stdout_from"),
            "stderr_from": byte_position(stderr_from, "stderr_from"),
        }
        if timeout is not None:
            request["timeout"] = seconds(timeout, "timeout")
        subject = f"container {container}"
        return await self._run(b"container.reattach_exec", request, subject, None, on_stdout, on_stderr, check)

    async def list_orphans(self) -> list[Orphan]:
        """Return the containers of attached runs whose program, on this machine, was killed.

        They still run, or should have been removed (``--rm``). Only what is proven counts
        (docs/surviving.md): never containers of ``-d``, of this client, of a program that
        lives or that cannot be seen from here, nor one that has its labels from its image
        or was started again.
        """
        return [_orphan(row) for row in await self._call(b"container.orphans", {})]

    async def _list_marked_orphans(self, label: str) -> list[Orphan]:
        """Return, by the same proof, what killed programs left with a label of their own, ``-d`` or not."""
        return [_orphan(row) for row in await self._call(b"container.marked_orphans", {"label": label})]

    async def reap(self, *, older_than: float | None = None, dry_run: bool = False) -> list[Orphan]:
        """End orphans and return them: those that run are killed, those of ``--rm`` removed.

        Only those that were created more than ``older_than`` seconds ago. With
        ``dry_run`` nothing is ended.
        """
        if not isinstance(dry_run, bool):
            raise InvalidArgument(f"dry_run must be a bool, not {type(dry_run).__name__}")
        request: dict[str, Any] = {"dry_run": dry_run}
        if older_than:
            request["older_than"] = seconds(older_than, "older_than")
        return [_orphan(row) for row in await self._call(b"container.reap", request)]


def _orphan(row: dict[str, Any]) -> Orphan:
    owner = row["owner"]
    return Orphan(
        row["container_id"],
        row["name"],
        row["image"],
        row["running"],
        row["remove"],
        row["created"],
        row["session"],
        owner["host"],
        owner["pid"],
        owner["start"],
        row["uid"],
    )
