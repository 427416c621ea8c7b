"""Running commands: docker run and docker exec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._arguments.checks import Command, Options, byte_position, command_words, seconds, text, yes_or_no
from .._arguments.environ import RUN_NAMES
from .._calls.delivery import LineCallback, OutputCallback, OutputCallbacks
from .._calls.process import DEFAULT_LIMIT, ContainerProcess
from .._calls.stdin import StdinSource
from .._display.image_progress import RunProgressCallback, showing
from .._errors import InvalidArgument
from .._results.command import CommandResult
from .._wire.generated.methods import CONTAINER_ATTACH, CONTAINER_EXEC, CONTAINER_RUN
from .requests import Requests

if TYPE_CHECKING:
    from .._wire.generated.containers import AttachRequest
    from .._wire.generated.requests import ExecRequest, RunRequest


class Commands(Requests):
    """Methods that run processes.

    ``command`` is a list of words, or a str that is split into words as a POSIX shell does,
    without expansion; with ``shell=True``, ``sh -c`` runs it in the container. Without that,
    a str with shell operators (``>``, ``|``, ``&&``, ``;``, ``$(``, a backtick) outside
    quotes is InvalidArgument.
    ``options`` are those of docker's command: separate words, joined, or RunOptions and
    ExecOptions.
    """

    async def run_container(
        self,
        image: str,
        command: Command | None = None,
        options: Options = None,
        *,
        stdin: StdinSource | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_line: LineCallback | None = None,
        timeout: float | None = None,
        queue_timeout: float | None = None,
        check: bool = True,
        shell: bool = False,
        reschedule: bool = False,
        on_progress: RunProgressCallback | None = None,
        progress: bool = False,
    ) -> CommandResult:
        """Run a command in a new container, as ``docker run`` does, and wait for its end.

        ``on_stdout`` and ``on_stderr`` get the output as bytes as it arrives, ``on_line``
        the lines of both streams as text (OutputLine, with its ``stream``); the result then
        has no output. They are plain or async functions; a slow one slows the container,
        and when the time is up, an async one is cancelled. An empty command means the
        image's own. The container is removed only with ``--rm``; with ``-d`` the result's
        text is its ID.

        After ``timeout`` seconds, or when the task is cancelled, the container is killed. In a fleet,
        ``timeout`` counts from the start, and ``queue_timeout`` bounds the wait for a place, in
        seconds: what is over by then is OperationTimeout, which says why it waited
        (``details["waited_for"]``), and nothing was run. ``on_progress`` gets a Waiting for each
        reason. One engine never waits.

        Raises CommandFailed for an exit code other than 0, unless ``check`` is false;
        InvalidArgument for an invalid option; ImageNotFound; Conflict.

        If a node of a fleet dies or is cut off on which it runs, the run ends with NodeLost.
        With ``reschedule`` it begins again elsewhere, with a new reservation and ``timeout``, once
        Swarm calls the node down; a warning says so, and the result has ``lost_attempts`` with
        their output. (Functions that get output get that of each attempt, in turn.) A container
        that a node still has when it comes back is ended and removed, by this client or by the
        next one of the fleet that sees the node.

        An image that the engine does not have is pulled first, unless the options say
        ``--pull never`` (``always`` pulls each time); ``on_progress``, ``progress`` and the
        errors are those of pull_image.
        """
        request = self._run_request(image, command, self._option_words(options), shell, timeout, queue_timeout)
        yes_or_no(reschedule, "reschedule")
        if reschedule:
            request["reschedule"] = True
        subject, callbacks = f"a container of {image}", OutputCallbacks(on_stdout, on_stderr, on_line)
        with showing(on_progress, progress) as listener:
            if listener is not None:
                request["progress"] = True
            return await self._run(CONTAINER_RUN(request), subject, stdin, callbacks, check, listener)

    async def exec_container(
        self,
        container: str,
        command: Command,
        options: Options = None,
        *,
        stdin: StdinSource | None = None,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_line: LineCallback | None = None,
        timeout: float | None = None,
        check: bool = True,
        shell: bool = False,
        durable: bool = False,
    ) -> CommandResult:
        """Run a command in a running container, as ``docker exec`` does.

        Like run_container, except that an empty command is InvalidArgument. When the time
        is up or the task is cancelled, the process and its children are killed. Also raises
        ContainerNotFound and ContainerNotRunning.

        A ``durable`` exec outlives the connection and this program: its output is kept in
        the container until it was read, and reattach_exec continues after a ConnectionLost
        (``details["exec_id"]``). It has no stdin, terminal or ``-d``, and needs
        ``sh``, ``tail`` and a writable ``/tmp`` in the container. Any other exec is ended
        if the connection is lost, and ConnectionLost carries what was read.
        """
        words = self._option_words(options)
        request = self._exec_request(container, command, words, shell, timeout, durable)
        callbacks = OutputCallbacks(on_stdout, on_stderr, on_line)
        return await self._run(CONTAINER_EXEC(request), f"container {container}", stdin, callbacks, check)

    async def start_run(
        self,
        image: str,
        command: Command | None = None,
        options: Options = None,
        *,
        stdin: bool | None = None,
        timeout: float | None = None,
        queue_timeout: float | None = None,
        shell: bool = False,
        limit: int = DEFAULT_LIMIT,
        outlives: bool = False,
        on_progress: RunProgressCallback | None = None,
        progress: bool = False,
    ) -> ContainerProcess:
        """Start ``docker run`` and return its process.

        The process has a stdin if the options have ``-i``, or as ``stdin`` says.
        With ``outlives``, the container goes on as one of ``-d`` does, however the process here
        ends: ``cancel``, the end of its block, a closed client, a killed program.
        ``limit`` is the longest line that its readers read, in bytes. ``on_progress``,
        ``progress`` and ``queue_timeout`` are as for run_container.
        """
        _check_streams(stdin, limit)
        words = self._option_words(options)
        request = self._run_request(image, command, words, shell, timeout, queue_timeout)
        yes_or_no(outlives, "outlives")
        if outlives:
            request["outlives"] = True
        with showing(on_progress, progress) as listener:
            if listener is not None:
                request["progress"] = True
            return await self._start(CONTAINER_RUN(request), f"a container of {image}", stdin, limit, listener)

    async def start_exec(
        self,
        container: str,
        command: Command,
        options: Options = None,
        *,
        stdin: bool | None = None,
        timeout: float | None = None,
        shell: bool = False,
        limit: int = DEFAULT_LIMIT,
        durable: bool = False,
    ) -> ContainerProcess:
        """Start ``docker exec`` and return its process, as start_run does.

        ``durable`` is as in exec_container; pass the process's ``exec_id`` to reattach_exec.
        """
        _check_streams(stdin, limit)
        words = self._option_words(options)
        request = self._exec_request(container, command, words, shell, timeout, durable)
        return await self._start(CONTAINER_EXEC(request), f"container {container}", stdin, limit)

    async def attach_container(
        self,
        container: str,
        *,
        stdin: bool | None = None,
        logs: bool = False,
        detach_keys: str | None = None,
        timeout: float | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> ContainerProcess:
        """Attach to a container that runs, as ``docker attach`` does, and return its process.

        It delivers what the container prints from now on; with ``logs`` all that its log has,
        and then each line once it is complete. It goes on after a lost connection, from the log.

        However the attachment ends (``cancel``, the end of a block, a cancelled ``wait``,
        ``timeout`` with OperationTimeout, ``aclose``), the container goes on. Only what says so
        ends it: ``send_signal``, ``terminate``, ``kill``. While nobody reads, a full output
        slows the container.

        The process has a stdin if the container has one (``-i``) that outlives the attachment.
        ``stdin=True`` also takes one that does not: that of a container which an attached ``docker
        run -i`` or a ``docker create -i`` made, whose program sees the end of its input when the
        attachment ends. Closing any other stdin ends nothing; input to a terminal may hold
        ``detach_keys`` (docker's, ctrl-p,ctrl-q at first), which end the output. After a lost
        connection, stdin that was used is ConnectionLost, as it is not known what arrived.

        Raises ContainerNotFound; ContainerNotRunning, also for a paused container.
        """
        yes_or_no(logs, "logs")
        _check_streams(stdin, limit)
        request: AttachRequest = {"container": text(container, "container"), "logs": logs}
        if detach_keys is not None:
            request["detach_keys"] = text(detach_keys, "detach_keys")
        if timeout is not None:
            request["timeout"] = seconds(timeout, "timeout")
        return await self._start(CONTAINER_ATTACH(request), f"container {container}", stdin, limit)

    def _run_request(
        self,
        image: str,
        command: Command | None,
        words: list[str],
        shell: bool,
        timeout: float | None,
        queue_timeout: float | None,
    ) -> RunRequest:
        request: RunRequest = {"image": text(image, "image"), "command": command_words(command), "options": words}
        if queue_timeout is not None:
            request["queue_timeout"] = seconds(queue_timeout, "queue_timeout")
        _set_common(request, self._environ_named_by(words, *RUN_NAMES), shell, timeout)
        return request

    def _exec_request(
        self,
        container: str,
        command: Command | None,
        words: list[str],
        shell: bool,
        timeout: float | None,
        durable: bool,
    ) -> ExecRequest:
        name = text(container, "container")
        request: ExecRequest = {"container": name, "command": command_words(command), "options": words}
        _set_common(request, self._environ_named_by(words) if words else {}, shell, timeout)
        yes_or_no(durable, "durable")
        if durable:
            request["durable"] = True
        return request


def _check_streams(stdin: bool | None, limit: int) -> None:
    if stdin is not None:
        yes_or_no(stdin, "stdin")
    if byte_position(limit, "limit") == 0:
        raise InvalidArgument("limit must be a number of bytes, not 0")


def _set_common(
    request: RunRequest | ExecRequest, environ: dict[str, str | None], shell: bool, timeout: float | None
) -> None:
    """Set what a run and an exec share, if it differs from Go's defaults."""
    if environ:
        request["environ"] = environ
    yes_or_no(shell, "shell")
    if shell:
        request["shell"] = True
    if timeout is not None:
        request["timeout"] = seconds(timeout, "timeout")
