"""Reattaching to execs that outlived the connection or the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._arguments.checks import byte_position, seconds, text
from .._calls.delivery import LineCallback, OutputCallback, OutputCallbacks
from .._results.command import CommandResult
from .._wire.generated.methods import CONTAINER_REATTACH_EXEC
from .requests import Requests

if TYPE_CHECKING:
    from .._wire.generated.requests import ReattachExecRequest


class DurableExecs(Requests):
    """The method that continues after a connection or a program ended."""

    async def reattach_exec(
        self,
        container: str,
        exec_id: str,
        *,
        stdout_from: int = 0,
        stderr_from: int = 0,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_line: LineCallback | None = None,
        timeout: float | None = None,
        check: bool = True,
    ) -> CommandResult:
        """Read the output of an exec that was started with ``durable=True``, until its end.

        ``exec_id`` is ``ContainerProcess.exec_id``, or ``details["exec_id"]`` of a
        ConnectionLost; any program may use it. ``stdout_from`` and ``stderr_from`` are
        how many bytes of each output you have already. What the exec kept in the
        container is removed once it was read to the end. ``timeout`` (seconds) and
        cancelling only stop reading: the process keeps running.

        Raises NotFound if there is no such exec, or if it was read to its end before;
        CommandFailed as exec_container does; ConnectionLost, after which it can be
        called again.
        """
        request: ReattachExecRequest = {
            "container": text(container, "container"),
            "exec_id": text(exec_id, "exec_id"),
            "stdout_from": byte_position(stdout_from, "stdout_from"),
            "stderr_from": byte_position(stderr_from, "stderr_from"),
        }
        if timeout is not None:
            request["timeout"] = seconds(timeout, "timeout")
        subject, callbacks = f"container {container}", OutputCallbacks(on_stdout, on_stderr, on_line)
        return await self._run(CONTAINER_REATTACH_EXEC(request), subject, None, callbacks, check)
