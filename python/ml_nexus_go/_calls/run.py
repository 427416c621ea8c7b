"""Run a process to its end: output collected or given to callbacks."""

from __future__ import annotations

import asyncio
import io
from functools import partial
from typing import TYPE_CHECKING

from .._abi.frames import STDOUT
from .._abi.json import decode
from .._abi.queue import Queue
from .._errors import CommandFailed, DockerError, OperationTimeout
from .._results.command import CommandResult, LostAttempt
from .._results.ml_nexus import command_result_class
from .delivery import Delivery, OutputCallbacks
from .ending import to_its_end
from .execution import Execution, Launch, OutputTap, command_failed, command_result, give_up, keep_output
from .feeding import Feeder
from .operation import EventListener
from .stdin import StdinSource

if TYPE_CHECKING:
    from .._wire.generated.streams import RescheduledEvent


class Collected(Execution):
    """Collects output, or queues it for functions of the caller."""

    def __init__(
        self,
        future: asyncio.Future[str],
        queue: Queue,
        callbacks: OutputCallbacks,
        tap: OutputTap | None = None,
    ) -> None:
        super().__init__(future, queue)
        self.tap = tap
        self.callbacks, self.delivery = callbacks, Delivery(self, callbacks)
        self._stdout, self._stderr = io.BytesIO(), io.BytesIO()  # they hand out their bytes without a copy
        self.lost: list[LostAttempt] = []

    @property
    def stdout(self) -> bytes:
        """What has come on stdout, and no callback took."""
        return self._stdout.getvalue()

    @property
    def stderr(self) -> bytes:
        """What has come on stderr, and no callback took."""
        return self._stderr.getvalue()

    def rescheduled(self, event: RescheduledEvent) -> None:
        """Put what was collected aside."""
        about = event["node"], event.get("container_id", ""), event["reason"]
        self.lost.append(LostAttempt(*about, self.stdout, self.stderr))
        self._stdout, self._stderr = io.BytesIO(), io.BytesIO()
        self.delivery.begin_again()

    def output(self, kind: int, payload: memoryview) -> None:
        """Keep output, with one copy."""
        if self.tap is not None:
            self.tap(kind, payload)
        if self.callbacks.takes(kind):
            self.delivery.put(kind, bytes(payload))
            return
        kept = self._stdout if kind == STDOUT else self._stderr
        kept.write(payload)
        self.consumed(len(payload))


async def run_to_end(
    queue: Queue,
    launch: Launch,
    source: StdinSource | None,
    callbacks: OutputCallbacks,
    check: bool,
    listener: EventListener | None = None,
) -> CommandResult:
    """Run a process. ``source`` is what follows ``launch.blob`` on its stdin."""
    loop = asyncio.get_running_loop()
    operation = Collected(loop.create_future(), queue, callbacks, launch.tap)
    operation.listener = listener
    operation.stdin.sent(len(launch.blob))

    async def work() -> str:
        queue.submit(launch.client, launch.request, launch.blob, operation)
        feeder.start()
        limit = launch.request.fields.get("timeout")
        delivered = not any(callbacks) or await operation.delivery.to_the_end(limit)
        text = await operation.future
        if not delivered:
            message = f"not done after {limit:g} s: a function that gets its output has not returned"
            raise OperationTimeout(message, op=launch.request.operation, target=launch.target)
        await feeder.stop()
        if launch.before_result is not None and decode(text).get("detached"):
            await launch.before_result()
        return text

    async with Feeder(operation, operation.stdin, source) as feeder:
        try:
            text = await to_its_end(operation, work, partial(give_up, launch, operation))
        except DockerError as error:
            if feeder.error is not None:
                raise feeder.error from None
            if operation.listener_error is not None:
                raise operation.listener_error from None
            return _failed(operation, error, check)
    result = command_result(text, operation.stdout, operation.stderr, operation.warnings, operation.lost)
    if check and result.exit_code != 0:
        raise command_failed(launch, result)
    return result


def _failed(operation: Collected, error: DockerError, check: bool) -> CommandResult:
    """Raise the error with what was read, or return what docker's command would print."""
    if isinstance(error, CommandFailed):
        # The command could not be started: the engine's message stands for its stderr.
        started = operation.started["container_id"] if operation.started else ""
        result = command_result_class()(
            operation.stdout,
            operation.stderr or error.message.encode(),
            error.exit_code,
            str(error.details.get("container_id", "") or started),
            warnings=tuple(operation.warnings),
        )
        if not check:
            return result
        error.result = result
    keep_output(error, operation.stdout, operation.stderr)
    if isinstance(error, CommandFailed) and error.result is not None:
        error.stderr = error.result.stderr
    raise error
