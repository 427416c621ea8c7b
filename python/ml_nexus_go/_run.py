"""Run a process to its end: output collected or given to callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from inspect import isawaitable

from ._call import EventListener, abandon, call
from ._errors import CommandFailed, DockerError
from ._execution import Execution, Launch, OutputTap, command_failed, command_result, keep_output
from ._frames import STDOUT
from ._json import decode, encode
from ._queue import Queue
from ._reading import Arrivals
from ._result import CommandResult
from ._stdin import StdinSource, feed

OutputCallback = Callable[[bytes], Awaitable[None] | None]


class Collected(Execution):
    """Collects output, or queues it for callbacks, which the waiting task calls."""

    def __init__(
        self,
        future: asyncio.Future[str],
        queue: Queue,
        on_stdout: OutputCallback | None,
        on_stderr: OutputCallback | None,
        tap: OutputTap | None = None,
    ) -> None:
        super().__init__(future, queue)
        self.tap = tap
        self.on_stdout, self.on_stderr = on_stdout, on_stderr
        self.stdout, self.stderr = bytearray(), bytearray()
        self.arrivals: Arrivals[tuple[OutputCallback, bytes]] = Arrivals(future)
        self.feed_error: BaseException | None = None

    def output(self, kind: int, payload: memoryview) -> None:
        """Keep output, with one copy."""
        if self.tap is not None:
            self.tap(kind, payload)
        if kind == STDOUT:
            callback, kept = self.on_stdout, self.stdout
        else:
            callback, kept = self.on_stderr, self.stderr
        if callback is None:
            kept += payload
            self.consumed(len(payload))
        else:
            self.arrivals.put((callback, bytes(payload)))

    async def deliver(self) -> None:
        """Call the callbacks, in order, until the last frame was seen.

        An operation gets new credit only after its callback returned.
        """
        async for arrived in self.arrivals:
            for callback, data in arrived:
                pending = callback(data)
                if pending is not None and isawaitable(pending):
                    await pending
                self.consumed(len(data))

    def feeding_ended(self, task: asyncio.Task[None]) -> None:
        """End the operation when its input failed."""
        if not task.cancelled() and task.exception() is not None:
            self.feed_error = task.exception()
            self.queue.cancel(self)


async def run_to_end(
    queue: Queue,
    launch: Launch,
    source: StdinSource | None,
    on_stdout: OutputCallback | None,
    on_stderr: OutputCallback | None,
    check: bool,
    listener: EventListener | None = None,
) -> CommandResult:
    """Run a process. ``source`` is what follows ``launch.blob`` on its stdin."""
    loop = asyncio.get_running_loop()
    operation = Collected(loop.create_future(), queue, on_stdout, on_stderr, launch.tap)
    operation.listener = listener
    operation.stdin.sent(len(launch.blob))
    queue.submit(launch.client, launch.method, launch.request, launch.blob, operation)
    feeder: asyncio.Task[None] | None = None
    if source is not None:
        feeder = loop.create_task(feed(source, operation.stdin))
        feeder.add_done_callback(operation.feeding_ended)
    try:
        if on_stdout is not None or on_stderr is not None:
            await operation.deliver()
        text = await operation.future
    except DockerError as error:
        if operation.feed_error is not None:
            raise operation.feed_error from None
        if operation.listener_error is not None:
            raise operation.listener_error from None
        return _failed(operation, error, check)
    except BaseException as error:  # cancelled, or a callback raised
        if not operation.done:
            await abandon(queue, operation, error)
        await _end_detached(queue, launch, operation)
        raise
    finally:
        if feeder is not None:
            feeder.cancel()
            await asyncio.gather(feeder, return_exceptions=True)
    result = command_result(text, operation.stdout, operation.stderr, operation.warnings)
    if check and result.exit_code != 0:
        raise command_failed(launch, result)
    return result


async def _end_detached(queue: Queue, launch: Launch, operation: Collected) -> None:
    """End what -d has started, where its RESULT came but the caller will not see it."""
    future = operation.future
    if not future.done() or future.cancelled() or future.exception() is not None:
        return
    result = decode(future.result())
    if not result.get("detached"):
        return
    request = {"container": result["container_id"], "signal": "SIGKILL"}
    method = b"container.kill"
    if result.get("exec_id"):
        method, request["exec_id"] = b"container.exec_signal", result["exec_id"]
    with suppress(DockerError):  # it has ended by itself
        await call(queue, launch.client, method, encode(request))


def _failed(operation: Collected, error: DockerError, check: bool) -> CommandResult:
    """Raise the error with what was read, or return what docker's command would print."""
    if isinstance(error, CommandFailed):
        # The command could not be started: the engine's message stands for its stderr.
        result = CommandResult(
            operation.stdout,
            operation.stderr or error.message.encode(),
            error.exit_code,
            str(error.details.get("container_id", "") or operation.started.get("container_id", "")),
            warnings=tuple(operation.warnings),
        )
        if not check:
            return result
        error.result = result
    keep_output(error, operation.stdout, operation.stderr)
    if isinstance(error, CommandFailed) and error.result is not None:
        error.stderr = error.result.stderr
    raise error
