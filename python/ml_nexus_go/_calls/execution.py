"""What running a process needs, whether its output is collected or streamed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from .._abi.frames import EVENT, RESULT
from .._abi.json import decode
from .._abi.queue import Queue
from .._errors import CommandFailed, DockerError
from .._results.command import CommandResult, LostAttempt
from .._results.ml_nexus import command_failed_class, command_result_class
from .._wire.generated.methods import CONTAINER_EXEC_SIGNAL, CONTAINER_KILL
from .ending import abandon
from .kinds import logger
from .operation import Call
from .reading import OutputCall
from .shield import settled
from .stdin import ProcessStdin

if TYPE_CHECKING:
    from .._wire.generated import requests as wire
    from .._wire.generated.bridge import Nothing
    from .._wire.generated.events import ImageEvent, ProcessEvent
    from .._wire.generated.streams import RescheduledEvent, StartedEvent
    from .._wire.method import Request

_SHOWN = 2000  # bytes of each stream in the message of a failed command

# STDOUT or STDERR, and the bytes, which are valid only during the call.
OutputTap = Callable[[int, memoryview], None]


class Launch(NamedTuple):
    """A request to run a process."""

    client: int
    request: Request[wire.CommandResult]
    blob: bytes
    # For messages: the client's target, the container or image, the command's first word.
    target: str
    subject: str
    word: str
    # Is shown all output as it comes, whoever takes it; must return at once.
    tap: OutputTap | None = None
    # Is awaited before the caller gets the result of what -d has started: who is cancelled
    # after that has it.
    before_result: Callable[[], Awaitable[None]] | None = None


class Execution(OutputCall):
    """A run or an exec. Subclasses handle the output."""

    def __init__(self, future: asyncio.Future[str], queue: Queue) -> None:
        super().__init__(future, queue)
        self.stdin: ProcessStdin = ProcessStdin(queue, self)
        self.takes_input: bool = False
        self.started: StartedEvent | None = None
        self.warnings: list[str] = []

    def receive(self, kind: int, payload: memoryview) -> None:
        """Take output or an event."""
        if kind != EVENT:
            self.output(kind, payload)
            return
        event: ProcessEvent | ImageEvent = decode(str(payload, "utf-8"))
        if event["event"] == "stdin":
            self.stdin.consumed(event["consumed"])
        elif event["event"] == "input":
            self.takes_input = True
        elif event["event"] == "started":
            self.started = event
            self.begin()  # in a fleet, it may have waited for long
            self.pass_on(event)
            self.on_started()
        elif event["event"] == "rescheduled":
            logger.warning("%s; the run begins again elsewhere", event["reason"])
            self.rescheduled(event)
        elif event["event"] == "warning":
            self.warnings.append(event["message"])
            logger.warning("%s", event["message"])
        else:
            self.pass_on(event)  # not about the process: its image is pulled

    def output(self, kind: int, payload: memoryview) -> None:
        """Take STDOUT or STDERR bytes."""

    def on_started(self) -> None:
        """Called when ``started`` is known."""

    def rescheduled(self, event: RescheduledEvent) -> None:
        """Called when the run begins again elsewhere: the output so far does not count."""

    def finish(self, kind: int, payload: memoryview) -> None:
        """Set the result, or the exception."""
        super().finish(kind, payload)
        if kind == RESULT:
            self.stdin.break_pipe()

    def fail(self, error: DockerError) -> None:
        """Set the exception."""
        super().fail(error)
        self.stdin.break_pipe()


async def give_up(launch: Launch, operation: Execution, reason: BaseException) -> None:
    """End a process that its caller will not get, even if -d has started it already."""
    future = operation.future
    if not operation.done:
        await abandon(operation, reason)
        future = operation.future
    if not future.done() or future.cancelled() or future.exception() is not None:
        return
    result: wire.CommandResult = decode(future.result())
    if not result.get("detached"):
        return
    about = signal_request(result["container_id"], result.get("exec_id", ""), "SIGKILL")
    ending = Call(future.get_loop().create_future(), operation.queue)
    with suppress(DockerError):  # the loop ends, and the client with it
        operation.queue.submit(launch.client, about, b"", ending)
        if isinstance(reason, GeneratorExit):
            return
        cancelled = await settled([ending.future])  # an error: it has ended by itself
        if cancelled is not None and not isinstance(reason, asyncio.CancelledError):
            raise cancelled


def signal_request(container: str, exec_id: str, signal: str) -> Request[Nothing]:
    """Return the request that signals an exec, or, without an exec's ID, a container."""
    if exec_id:
        return CONTAINER_EXEC_SIGNAL({"container": container, "exec_id": exec_id, "signal": signal})
    return CONTAINER_KILL({"container": container, "signal": signal})


def command_result(
    text: str, stdout: bytes, stderr: bytes, warnings: list[str], lost: list[LostAttempt]
) -> CommandResult:
    """Make the result from the RESULT frame and the output."""
    fields: wire.CommandResult = decode(text)
    container_id = fields["container_id"]
    if fields.get("detached") and not fields.get("exec_id"):
        stdout = container_id.encode()
    return command_result_class()(
        stdout,
        stderr,
        fields["exit_code"],
        container_id,
        fields["seconds"],
        fields.get("oom_killed", False),
        tuple(warnings),
        tuple(lost),
    )


def keep_output(error: DockerError, stdout: bytes, stderr: bytes) -> None:
    """Attach to an error what was read."""
    error.stdout_bytes, error.stderr_bytes = stdout, stderr
    error.stdout, error.stderr = str(stdout, "utf-8", "replace"), str(stderr, "utf-8", "replace")


def command_failed(launch: Launch, result: CommandResult) -> CommandFailed:
    """Make the exception for a non-zero exit code."""
    code = result.exit_code
    why = ""
    if result.oom_killed:
        why = " (the container ran out of memory)"
    elif code == 126:
        why = " (not executable)"
    elif code == 127:
        why = " (not found)"
    elif 128 < code < 160:
        why = f" (ended by signal {code - 128})"
    command = repr(launch.word) if launch.word else "the image's command"
    message = f"{command} in {launch.subject} ended with exit code {code}{why}"
    for name, output in (("stdout", result.stdout_bytes), ("stderr", result.stderr_bytes)):
        end = output[-_SHOWN:].decode("utf-8", "replace").strip()
        if end:
            message = f"{message}\n{name}: {'...' if len(output) > _SHOWN else ''}{end}"
    details = {"container_id": result.container_id, "exit_code": code, "oom_killed": result.oom_killed}
    return command_failed_class()(
        message, exit_code=code, result=result, op=launch.request.operation, target=launch.target, details=details
    )
