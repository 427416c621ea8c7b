"""A running process in a container, in the style of asyncio.subprocess."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from .._abi.frames import RESULT, STDOUT
from .._abi.json import decode
from .._abi.queue import Queue
from .._arguments.checks import signal_name
from .._errors import DockerError, OperationCancelled
from .._wire.generated.methods import CONTAINER_EXEC_RESIZE, CONTAINER_RESIZE
from .ending import end, to_its_end
from .execution import Execution, Launch, OutputTap, give_up, keep_output, signal_request
from .operation import EventListener
from .output_reader import OutputReader
from .stdin import BytesLike, ProcessStdin, feed

if TYPE_CHECKING:
    from .._wire.generated.bridge import Nothing
    from .._wire.generated.requests import CommandResult, ResizeRequest
    from .._wire.method import Request

DEFAULT_LIMIT = 1 << 20

# Sends a request about the process.
Controller = Callable[["Request[Nothing]"], Awaitable[object]]


class _Flow(asyncio.Transport):
    """What a StreamReader pauses: the credit of its operation is withheld."""

    def __init__(self, execution: Execution) -> None:
        super().__init__()
        self._execution = execution
        self._paused = False
        self._withheld = 0

    def pause_reading(self) -> None:
        """Withhold credit."""
        self._paused = True

    def resume_reading(self) -> None:
        """Give back what was withheld."""
        self._paused = False
        withheld, self._withheld = self._withheld, 0
        self._execution.consumed(withheld)

    def received(self, count: int) -> None:
        """Give back the credit of bytes that the reader has buffered, unless it is full."""
        if self._paused:
            self._withheld += count
        else:
            self._execution.consumed(count)


class Streamed(Execution):
    """Feeds two readers."""

    def __init__(self, loop: asyncio.AbstractEventLoop, queue: Queue, limit: int, tap: OutputTap | None = None) -> None:
        super().__init__(loop.create_future(), queue)
        self.tap = tap
        self.ready: asyncio.Future[None] = loop.create_future()
        self.stdout: OutputReader = OutputReader(limit=limit, loop=loop)
        self.stderr: OutputReader = OutputReader(limit=limit, loop=loop)
        self._stdout_flow, self._stderr_flow = _Flow(self), _Flow(self)
        self.stdout.set_transport(self._stdout_flow)
        self.stderr.set_transport(self._stderr_flow)

    def output(self, kind: int, payload: memoryview) -> None:
        """Feed a reader; it copies."""
        if self.tap is not None:
            self.tap(kind, payload)
        if self.done:
            return  # it has failed here: its readers have ended
        if kind == STDOUT:
            reader, flow = self.stdout, self._stdout_flow
        else:
            reader, flow = self.stderr, self._stderr_flow
        reader.feed_data(payload)
        flow.received(len(payload))

    def on_started(self) -> None:
        """Let start() return."""
        if not self.ready.done():
            self.ready.set_result(None)

    def finish(self, kind: int, payload: memoryview) -> None:
        """End the readers."""
        super().finish(kind, payload)
        if kind == RESULT:
            self.stdout.feed_eof()
            self.stderr.feed_eof()
            self.on_started()

    def fail(self, error: DockerError) -> None:
        """Let the readers fail as well, once what they have was read: it is not the whole output."""
        super().fail(error)
        if self.future.get_loop().is_closed():
            return
        self.stdout.fail(error)
        self.stderr.fail(error)
        self.on_started()


class ContainerProcess:
    """The process of a run or an exec, or of a container that was attached to.

    Read both ``stdout`` and ``stderr``: a full one slows the process. With a terminal,
    all output arrives on ``stdout``. ``stdin`` is None if the process has none. As a
    context manager, it ends the process at the end of the block; of an attachment, only that.

    When an error ends it (ConnectionLost, OperationTimeout...), the readers return what
    has arrived, and the next read raises the error, as ``wait`` does: ``read()`` to the end
    returns the whole output only if ``wait`` returns.
    """

    def __init__(self, operation: Streamed, control: Controller) -> None:
        self._operation = operation
        self._control = control
        self.stdin: ProcessStdin | None = operation.stdin if operation.takes_input else None
        self.stdout: asyncio.StreamReader = operation.stdout
        self.stderr: asyncio.StreamReader = operation.stderr
        started = operation.started
        self.container_id: str = started["container_id"] if started else ""
        self.exec_id: str = started.get("exec_id", "") if started else ""
        self.tty: bool = started["tty"] if started else False

    @property
    def returncode(self) -> int | None:
        """The exit code; None while the process runs, or if its end is unknown."""
        future = self._operation.future
        if not future.done() or future.cancelled() or future.exception() is not None:
            return None
        return self._exit_code(future.result())

    @property
    def warnings(self) -> tuple[str, ...]:
        """The engine's warnings so far."""
        return tuple(self._operation.warnings)

    async def wait(self) -> int:
        """Wait for the end and return the exit code. Cancelling this only ends the wait."""
        return self._exit_code(await asyncio.shield(self._operation.future))

    @staticmethod
    def _exit_code(text: str) -> int:
        result: CommandResult = decode(text)
        return result["exit_code"]

    async def communicate(self, data: BytesLike | None = None) -> tuple[bytes, bytes]:
        """Send ``data`` and EOF, read stdout and stderr to their ends, and wait.

        An error has what was read in ``stdout_bytes`` and ``stderr_bytes``.
        """

        async def send() -> None:
            if self.stdin is not None and not self.stdin.is_closing():
                await feed(data or b"", self.stdin)

        async def rest(reader: asyncio.StreamReader) -> bytes:
            try:
                return await reader.read()
            except DockerError:  # nothing came; wait() raises it
                return b""

        _, out, err = await asyncio.gather(send(), rest(self.stdout), rest(self.stderr))
        try:
            await self.wait()
        except DockerError as error:
            keep_output(error, out, err)
            raise
        return out, err

    async def send_signal(self, signal: str | int) -> None:
        """Send a signal, by name or number, to the process (of an exec: and its children).

        It arrives however full the output is, and after the process has ended, ``wait``
        returns whether or not its output was read.
        """
        await self._control(signal_request(self.container_id, self.exec_id, signal_name(signal)))

    async def terminate(self) -> None:
        """Send SIGTERM."""
        await self.send_signal("SIGTERM")

    async def kill(self) -> None:
        """Send SIGKILL."""
        await self.send_signal("SIGKILL")

    async def resize(self, rows: int, columns: int) -> None:
        """Set the terminal's size, in characters."""
        size: ResizeRequest = {"container": self.container_id, "rows": rows, "columns": columns}
        exec_id = self.exec_id
        await self._control(CONTAINER_EXEC_RESIZE({**size, "exec_id": exec_id}) if exec_id else CONTAINER_RESIZE(size))

    async def cancel(self) -> None:
        """End the process and wait until nothing of it is left, as cancelling a run does.

        Of a container that was attached to, only the attachment ends.
        """
        if self._operation.done:
            return
        cancelled = await end(self._operation)
        if cancelled is not None:
            raise cancelled
        future = self._operation.future
        error = future.exception() if future.done() else None
        if error is not None and not isinstance(error, OperationCancelled):
            raise error

    async def __aenter__(self) -> ContainerProcess:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.cancel()


async def start(
    queue: Queue, launch: Launch, control: Controller, stdin: bool, limit: int, listener: EventListener | None
) -> ContainerProcess:
    """Start a process and return as soon as the engine has started it.

    With ``stdin`` it has a stdin; otherwise only if the library says so. An exception of
    ``listener`` is raised.
    """
    operation = Streamed(asyncio.get_running_loop(), queue, limit, launch.tap)
    operation.takes_input = stdin
    operation.listener = listener

    async def work() -> ContainerProcess:
        queue.submit(launch.client, launch.request, launch.blob, operation)
        await operation.ready
        if operation.listener_error is not None:
            raise operation.listener_error
        if operation.done and not operation.started:
            operation.future.result()  # raises what kept it from starting
        return ContainerProcess(operation, control)

    return await to_its_end(operation, work, partial(give_up, launch, operation))
