"""The methods of the blocking client. Written by tools/blocking.py from DockerClient: do not edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from . import _arguments as given
from ._client import Client

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager
    from typing import Any, Literal

    from .._arguments.checks import Command, Filters, LocalPath, Options
    from .._arguments.times import Moment
    from .._display.image_progress import ImageProgressCallback, RunProgressCallback, WaitingCallback
    from .._display.progress import ProgressCallback, ProgressOption
    from .._errors import DockerError
    from .._operations.builds import BuildCallback
    from .._operations.file_access import ContainerPath
    from .._operations.host_files import HostPath
    from .._operations.sync_requests import Patterns
    from .._results.builds import BuildResult
    from .._results.command import CommandResult
    from .._results.container_details import ContainerDetails
    from .._results.container_files import FileEntry, OpenVolume
    from .._results.container_views import Container
    from .._results.containers import (
        ContainerChange,
        ContainerPort,
        ContainerPruning,
        ContainerState,
        ContainerTop,
        CopyResult,
        CreatedContainer,
        Orphan,
    )
    from .._results.disk_usage import BuildCacheRecord, DiskUsage
    from .._results.events import Event
    from .._results.fleet import FleetNode, WaitingRun
    from .._results.fleet.reservation import Reservation
    from .._results.gpus import GPU
    from .._results.host_files import HostCopyResult, SyncReport
    from .._results.image_views import Image, ImageDetails
    from .._results.images import Distribution, ImagePruning, ImageRemoval, PullResult, PushResult, TransferResult
    from .._results.networks import Network, Subnet
    from .._results.output import LogLine
    from .._results.ports import PortForward
    from .._results.stats import ContainerStats
    from .._results.system import BuildCachePruning, PingResult, SystemPruning
    from .._results.volumes import Volume, VolumePruning
    from ._loop_thread import BlockingIterator
    from ._process import ContainerProcess
    from ._types import Archives, ArchiveSource, FileContent, LineCallback, OutputCallback, StdinSource


class DockerClient(Client):
    """One Docker Engine, however it is reached: what ``connect`` of this module returns.

    The methods of ml_nexus_go.DockerClient, which block. Any number of threads may call them
    concurrently. Ctrl-C ends the work that is waited for, on the engine as well. Callbacks are
    called on the thread of the call. What is asynchronous there is plain here: iterators,
    context managers, sources of bytes.
    """

    def reserve(
        self,
        *,
        gpus: int | Literal["all"] = 0,
        cpus: float | None = None,
        memory: int | str | None = None,
        devices: Mapping[str, int | Literal["all"]] | None = None,
        constraints: str | Iterable[str] | None = None,
        queue_timeout: float | None = None,
        on_waiting: WaitingCallback | None = None,
    ) -> AbstractContextManager[Place]:
        """Hold resources of one node of a fleet while a block lasts.

            with client.reserve(gpus=2, memory="64g") as place:
                place.sync_to_host("data", "/srv/data")
                place.run_container("trainer", "python train.py", "--rm --gpus all -v /srv/data:/data")

        It waits for its turn as a run does. ``place`` is a client of that node, whose
        ``reservation`` says what is held. What it runs belongs to the place: ``--gpus`` counts, or
        names, GPUs of the place. ``cpus`` and ``memory`` (bytes, or docker's text) are held for
        all of it together; no run is limited by them unless its own options say so.

        ``devices`` counts those of other kinds; "all" is all that a node has. ``constraints`` are
        those of ``docker service create`` (``"node.labels.disk==ssd"``). ``queue_timeout`` bounds
        the wait, in seconds; ``on_waiting`` gets a Waiting for each reason that Swarm gives.

        At the end of the block the resources are free, however it ends; if a container of the
        place still runs (``-d``), once that has ended. The reservation of a program that was
        killed is freed as that of a run is.

        Raises, when the block is entered, InvalidArgument for what no node could ever hold, and where
        the client has one engine; OperationTimeout, with ``details["waited_for"]``.
        """
        return self._places(
            self._client.reserve(
                gpus=gpus,
                cpus=cpus,
                memory=memory,
                devices=devices,
                constraints=constraints,
                queue_timeout=queue_timeout,
                on_waiting=given.told(on_waiting),
            ),
            Place,
        )

    def save_image(
        self,
        images: str | Iterable[str],
        path: LocalPath,
        *,
        platform: str | None = None,
        on_progress: ProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Write images with their names and all layers to a local file; return its size in bytes.

        The file appears under ``path`` when it is complete; only its owner may read it.
        ``platform`` selects one of several (API 1.48). Raises ImageNotFound,
        PathNotFound, PermissionDenied, OperationTimeout after ``timeout`` seconds.
        """
        return self._thread.call(
            lambda: self._client.save_image(
                images, path, platform=platform, on_progress=given.told(on_progress), progress=progress, timeout=timeout
            )
        )

    def stream_image(self, images: str | Iterable[str], *, platform: str | None = None) -> BlockingIterator[bytes]:
        """Yield what save_image writes, as it arrives. A slow reader slows the engine.

        The archive is complete when the iteration ends by itself, not by an error.
        """
        return self._thread.iterate(self._client.stream_image(images, platform=platform))

    def load_image(
        self,
        source: ArchiveSource,
        *,
        platform: str | None = None,
        on_progress: ImageProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> list[str]:
        """Load images from a local file (a path), bytes or an iterable of bytes.

        Returns their names, and the IDs of those without one. The archive may be
        compressed. Raises PathNotFound; InvalidArgument if it is not an archive of images;
        what the iterable raises. A truncated archive loads nothing.
        """
        return self._thread.call(
            lambda: self._client.load_image(
                given.source(source),
                platform=platform,
                on_progress=given.told(on_progress),
                progress=progress,
                timeout=timeout,
            )
        )

    def import_image(
        self,
        source: ArchiveSource,
        tag: str | None = None,
        *,
        changes: str | Iterable[str] = (),
        message: str | None = None,
        platform: str | None = None,
        on_progress: ProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> str:
        """Make an image of a tar archive of files, as ``docker import`` does, and return its ID.

        The archive is a local file (a path), bytes or an iterable of bytes; it may
        be compressed. ``tag`` is the image's name, which it gets when it is complete. ``changes`` are instructions of a
        Dockerfile (``'CMD ["sh"]'``), and ``message`` is kept in its history. The platform is the
        engine's own unless ``platform`` names another.

        Raises PathNotFound; InvalidArgument if it is no complete archive, or a change is wrong; what the iterable
        raises. Nothing is imported twice: ConnectionLost says that there may be an image without
        a name. Cancelling leaves no image, except for one without a name where the engine takes
        more than 10 s to end.
        """
        return self._thread.call(
            lambda: self._client.import_image(
                given.source(source),
                tag,
                changes=changes,
                message=message,
                platform=platform,
                on_progress=given.told(on_progress),
                progress=progress,
                timeout=timeout,
            )
        )

    def transfer_image(
        self,
        ref: str,
        to: Archives,
        *,
        on_progress: ImageProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> TransferResult:
        """Move an image to another client's engine, without a registry.

        If that engine has the image, nothing is moved. Layers that it has are not sent:
        meanwhile, the image's archive is kept in a temporary file on this machine
        (in TMPDIR, else /var/tmp). From an engine with the older store to one with
        containerd's, an image is sent whole. Raises ImageNotFound, and what load_image
        raises.
        """
        return self._thread.call(
            lambda: self._client.transfer_image(
                ref, given.client(to), on_progress=given.told(on_progress), progress=progress, timeout=timeout
            )
        )

    def build_image(
        self,
        context_dir: LocalPath,
        tag: str | None = None,
        options: Options = None,
        *,
        dockerfile: str | bytes | None = None,
        builder: str | None = None,
        on_progress: BuildCallback | None = None,
        progress: bool | str = False,
        timeout: float | None = None,
    ) -> BuildResult:
        """Build an image from a folder on this machine, on the client's engine.

        ``options`` are those of ``docker buildx build``, as separate words, joined
        (``" --platform linux/amd64"``) or BuildOptions; ``--file`` is relative to the
        working directory.
        ``dockerfile`` is a Dockerfile's text, instead of a file. Only what changed in the
        folder since the last build is sent.

        ``builder`` is "buildkit" or "classic"; the default is docker's choice
        (DOCKER_BUILDKIT, the engine's setting, BuildKit). ``on_progress`` is called with
        BuildStep, BuildLog, BuildTransfer and BuildWarning as they arrive. ``progress``
        shows the build on stderr: True as docker does, "tty" or "plain".

        Raises BuildFailed (step, exit code, Dockerfile line, last output), PathNotFound
        (no Dockerfile, no context), InvalidArgument (an option that is unknown or that
        the engine does not support), PermissionDenied (an unreadable file), ConnectionLost,
        OperationTimeout after ``timeout`` seconds. A build that is cancelled stops on
        the engine.
        """
        return self._thread.call(
            lambda: self._client.build_image(
                context_dir,
                tag,
                options,
                dockerfile=dockerfile,
                builder=builder,
                on_progress=given.told(on_progress),
                progress=progress,
                timeout=timeout,
            )
        )

    def run_container(
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
        has no output. They are functions; a slow one slows the container,
        and when the time is up, an async one is cancelled. An empty command means the
        image's own. The container is removed only with ``--rm``; with ``-d`` the result's
        text is its ID.

        After ``timeout`` seconds, or when the call is interrupted, the container is killed. In a fleet,
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
        return self._thread.call(
            lambda: self._client.run_container(
                image,
                command,
                options,
                stdin=given.source(stdin),
                on_stdout=given.asked(on_stdout),
                on_stderr=given.asked(on_stderr),
                on_line=given.asked(on_line),
                timeout=timeout,
                queue_timeout=queue_timeout,
                check=check,
                shell=shell,
                reschedule=reschedule,
                on_progress=given.told(on_progress),
                progress=progress,
            )
        )

    def exec_container(
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
        return self._thread.call(
            lambda: self._client.exec_container(
                container,
                command,
                options,
                stdin=given.source(stdin),
                on_stdout=given.asked(on_stdout),
                on_stderr=given.asked(on_stderr),
                on_line=given.asked(on_line),
                timeout=timeout,
                check=check,
                shell=shell,
                durable=durable,
            )
        )

    def start_run(
        self,
        image: str,
        command: Command | None = None,
        options: Options = None,
        *,
        stdin: bool | None = None,
        timeout: float | None = None,
        queue_timeout: float | None = None,
        shell: bool = False,
        limit: int = 1048576,
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
        return self._process(
            self._thread.call(
                lambda: self._client.start_run(
                    image,
                    command,
                    options,
                    stdin=stdin,
                    timeout=timeout,
                    queue_timeout=queue_timeout,
                    shell=shell,
                    limit=limit,
                    outlives=outlives,
                    on_progress=given.told(on_progress),
                    progress=progress,
                )
            )
        )

    def start_exec(
        self,
        container: str,
        command: Command,
        options: Options = None,
        *,
        stdin: bool | None = None,
        timeout: float | None = None,
        shell: bool = False,
        limit: int = 1048576,
        durable: bool = False,
    ) -> ContainerProcess:
        """Start ``docker exec`` and return its process, as start_run does.

        ``durable`` is as in exec_container; pass the process's ``exec_id`` to reattach_exec.
        """
        return self._process(
            self._thread.call(
                lambda: self._client.start_exec(
                    container, command, options, stdin=stdin, timeout=timeout, shell=shell, limit=limit, durable=durable
                )
            )
        )

    def attach_container(
        self,
        container: str,
        *,
        stdin: bool | None = None,
        logs: bool = False,
        detach_keys: str | None = None,
        timeout: float | None = None,
        limit: int = 1048576,
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
        return self._process(
            self._thread.call(
                lambda: self._client.attach_container(
                    container, stdin=stdin, logs=logs, detach_keys=detach_keys, timeout=timeout, limit=limit
                )
            )
        )

    def start_container(self, container: str) -> None:
        """Start a container that was created or has ended. Starting a running one succeeds."""
        return self._thread.call(lambda: self._client.start_container(container))

    def stop_container(
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
        return self._thread.call(
            lambda: self._client.stop_container(container, grace_period=grace_period, signal=signal, timeout=timeout)
        )

    def restart_container(
        self,
        container: str,
        *,
        grace_period: float | None = None,
        signal: str | int | None = None,
        timeout: float | None = None,
    ) -> None:
        """Stop a container as stop_container does, and start it."""
        return self._thread.call(
            lambda: self._client.restart_container(container, grace_period=grace_period, signal=signal, timeout=timeout)
        )

    def kill_container(self, container: str, signal: str | int = "SIGKILL") -> None:
        """Send a signal, by name or number. Raises ContainerNotRunning."""
        return self._thread.call(lambda: self._client.kill_container(container, signal))

    def pause_container(self, container: str) -> None:
        """Freeze a container's processes; their memory stays.

        Raises Conflict where it is paused, ContainerNotRunning.
        """
        return self._thread.call(lambda: self._client.pause_container(container))

    def unpause_container(self, container: str) -> None:
        """Let the processes of a paused container go on. Raises Conflict where it is not paused."""
        return self._thread.call(lambda: self._client.unpause_container(container))

    def remove_container(self, container: str, *, force: bool = False, volumes: bool = False) -> None:
        """Remove a container; ``force`` kills it first, ``volumes`` removes its anonymous volumes.

        Raises Conflict while it runs.
        """
        return self._thread.call(lambda: self._client.remove_container(container, force=force, volumes=volumes))

    def prune_containers(self, *, filters: Filters = None, dry_run: bool = False) -> ContainerPruning:
        """Remove the containers that do not run, as ``docker container prune`` does.

        ``filters`` are docker's: ``{"label": ["a=b", "c"], "label!": "keep", "until": "24h"}``;
        one that does not exist is InvalidArgument, and nothing is sent. Filters of docker's
        settings (``pruneFilters``) count as well. With ``dry_run`` nothing is removed: the
        result is what would go. An engine prunes for one at a time: this waits. After
        ConnectionLost nothing is asked for a second time.
        """
        return self._thread.call(lambda: self._client.prune_containers(filters=filters, dry_run=dry_run))

    def wait_container(self, container: str, *, timeout: float | None = None) -> int:
        """Wait until a container is not running, and return its exit code.

        Raises OperationTimeout after ``timeout`` seconds; the container keeps running.
        """
        return self._thread.call(lambda: self._client.wait_container(container, timeout=timeout))

    def wait_until_running(self, container: str, timeout: float | None = None) -> None:
        """Wait until a container with this name exists and runs.

        Raises OperationTimeout after ``timeout`` seconds.
        """
        return self._thread.call(lambda: self._client.wait_until_running(container, timeout))

    def rename_container(self, container: str, name: str) -> None:
        """Give a container another name. Raises Conflict if the name is in use."""
        return self._thread.call(lambda: self._client.rename_container(container, name))

    def resize_container(self, container: str, rows: int, columns: int) -> None:
        """Set the size of a container's terminal, in characters."""
        return self._thread.call(lambda: self._client.resize_container(container, rows, columns))

    def inspect_container(self, container: str) -> dict[str, Any]:
        """Return what ``docker inspect`` prints."""
        return self._thread.call(lambda: self._client.inspect_container(container))

    def list_containers(self) -> dict[str, dict[str, Any]]:
        """Return all containers by name, including stopped ones.

        Each row has the fields of ``docker ps -a --no-trunc=false --format '{{json .}}'``; of a
        fleet also ``Node``, the name of the node that has the container.
        """
        return self._thread.call(lambda: self._client.list_containers())

    def container_state(self, container: str) -> ContainerState:
        """Return whether a container exists, whether it runs, its status and ID."""
        return self._thread.call(lambda: self._client.container_state(container))

    def container_exists(self, container: str) -> bool:
        """Return whether a container with this name or ID exists, running or not."""
        return self._thread.call(lambda: self._client.container_exists(container))

    def container_is_running(self, container: str) -> bool:
        """Return whether a container with this name or ID exists and runs."""
        return self._thread.call(lambda: self._client.container_is_running(container))

    def commit_container(
        self,
        container: str,
        image: str | None = None,
        *,
        author: str | None = None,
        message: str | None = None,
        pause: bool = True,
        changes: str | Iterable[str] = (),
    ) -> str:
        """Make an image of a container's files, as ``docker commit`` does, and return its ID.

        ``image`` is its name. ``changes`` are instructions of a Dockerfile ("ENV A=b").
        The container is paused meanwhile unless ``pause`` is False.

        Nothing is committed twice: ConnectionLost says that there may be an image without a
        name. Cancelling leaves no image, except for one without a name where the engine
        takes more than 10 s to end.
        """
        return self._thread.call(
            lambda: self._client.commit_container(
                container, image, author=author, message=message, pause=pause, changes=changes
            )
        )

    def export_container(
        self,
        container: str,
        path: LocalPath,
        *,
        on_progress: ProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Write a container's files to a local tar archive; return its bytes.

        The file appears under ``path`` when it is complete; only its owner may read it.
        Raises ContainerNotFound, PathNotFound, PermissionDenied, OperationTimeout after
        ``timeout`` seconds.
        """
        return self._thread.call(
            lambda: self._client.export_container(
                container, path, on_progress=given.told(on_progress), progress=progress, timeout=timeout
            )
        )

    def stream_container(self, container: str) -> BlockingIterator[bytes]:
        """Yield what export_container writes, as it comes. A slow reader slows the engine.

        The archive is complete when the iteration ends by itself, not by an error.
        """
        return self._thread.iterate(self._client.stream_container(container))

    @overload
    def container_logs(
        self,
        container: str,
        *,
        follow: bool = False,
        since: Moment | None = None,
        until: Moment | None = None,
        tail: int | str | None = None,
        timestamps: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        tagged: Literal[False] = False,
    ) -> BlockingIterator[bytes]: ...

    @overload
    def container_logs(
        self,
        container: str,
        *,
        follow: bool = False,
        since: Moment | None = None,
        until: Moment | None = None,
        tail: int | str | None = None,
        timestamps: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        tagged: Literal[True],
    ) -> BlockingIterator[LogLine]: ...

    def container_logs(
        self,
        container: str,
        *,
        follow: bool = False,
        since: Moment | None = None,
        until: Moment | None = None,
        tail: int | str | None = None,
        timestamps: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        tagged: bool = False,
    ) -> BlockingIterator[bytes] | BlockingIterator[LogLine]:
        """Iterate over the lines of a log, as bytes with their newline.

        With ``tagged``, each line is a LogLine: its stream, its bytes and text, and its time.
        A container with a terminal has one stream, stdout.

        ``follow`` continues until the container's end, through lost connections: no line
        comes twice or is left out. ``since`` and ``until`` are a ``datetime``, a ``timedelta``
        (an age), Unix seconds, or docker's text: a timestamp or an age ("10m"). ``tail`` is a
        number of lines or "all", where a line of more than 16 KiB counts as several. With
        ``timestamps``, each line of bytes begins with its time, in UTC, and a space. A line of
        more than 1 MiB comes in pieces.
        """
        found: BlockingIterator[bytes] | BlockingIterator[LogLine] = self._thread.iterate(
            self._any.container_logs(
                container,
                follow=follow,
                since=since,
                until=until,
                tail=tail,
                timestamps=timestamps,
                stdout=stdout,
                stderr=stderr,
                tagged=tagged,
            )
        )
        return found

    def create_container(
        self,
        image: str,
        command: Command | None = None,
        options: Options = None,
        *,
        shell: bool = False,
        timeout: float | None = None,
        queue_timeout: float | None = None,
        on_progress: RunProgressCallback | None = None,
        progress: bool = False,
    ) -> CreatedContainer:
        """Create a container as ``docker create`` does, and return its ID; start_container starts it.

        ``options`` are those of ``docker create``, or RunOptions: ``-d`` is none of them. An
        image that the engine does not have is pulled first, as for run_container. After
        ``timeout`` seconds, or when the call is interrupted, there is no container. In a fleet, the
        container keeps its place until it has ended, and ``queue_timeout`` is as for run_container.

        Raises InvalidArgument, ImageNotFound, Conflict where the name is in use.
        """
        return self._thread.call(
            lambda: self._client.create_container(
                image,
                command,
                options,
                shell=shell,
                timeout=timeout,
                queue_timeout=queue_timeout,
                on_progress=given.told(on_progress),
                progress=progress,
            )
        )

    def update_container(self, container: str, options: Options) -> list[str]:
        """Change limits and the restart policy of a container; return the engine's warnings.

        ``options`` are those of ``docker update``, or UpdateOptions. Raises InvalidArgument
        for an option that does not exist or none at all, ContainerNotFound.
        """
        return self._thread.call(lambda: self._client.update_container(container, options))

    def container_top(self, container: str, ps_args: str | Iterable[str] | None = None) -> ContainerTop:
        """Return the processes of a container, as ``ps`` on the engine's host shows them.

        ``ps_args`` are its arguments, ``"-eo pid,comm"`` for example, which must show the
        PID; None means ``-ef``. Raises ContainerNotRunning.
        """
        return self._thread.call(lambda: self._client.container_top(container, ps_args))

    def container_diff(self, container: str) -> list[ContainerChange]:
        """Return the paths of a container, running or not, that differ from its image.

        A folder counts as modified where something in it has changed. Files in volumes and
        in tmpfs mounts are not part of it.
        """
        return self._thread.call(lambda: self._client.container_diff(container))

    def container_ports(self, container: str) -> list[ContainerPort]:
        """Return the ports of a running container, in their order, once for each address on the host.

        A port that the image exposes and nobody published is at no address. A container that
        does not run has none.
        """
        return self._thread.call(lambda: self._client.container_ports(container))

    def reattach_exec(
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
        return self._thread.call(
            lambda: self._client.reattach_exec(
                container,
                exec_id,
                stdout_from=stdout_from,
                stderr_from=stderr_from,
                on_stdout=given.asked(on_stdout),
                on_stderr=given.asked(on_stderr),
                on_line=given.asked(on_line),
                timeout=timeout,
                check=check,
            )
        )

    def events(
        self, filters: Filters = None, *, since: Moment | None = None, until: Moment | None = None
    ) -> BlockingIterator[Event]:
        """Yield what happens on the engine from this call on, until ``until``, or for ever.

        ``filters`` are those of ``docker events``: ``{"type": "container", "event": ["start",
        "die"], "label": "team=a"}``. ``since`` and ``until`` are a ``datetime``, a ``timedelta``
        (an age), Unix seconds or docker's text ("10m"), by the engine's clock. The engine keeps
        its last 256 events: what it has from ``since`` on comes first; with ``until`` alone,
        and in the past, all that it has. What happened just before the call may come too: within
        the time that the engine takes to say what time it is.

        The iteration goes on after a lost connection, and no event comes twice. Where one may be
        missing, there is an EventGap, which is an Event of type ``"gap"``: look again at
        what there is. Raises InvalidArgument for a filter that does not exist or a wrong
        time, ConnectionLost once the engine was away for ``reconnect_timeout``.
        """
        return self._thread.iterate(self._client.events(filters, since=since, until=until))

    @overload
    def read_file(
        self,
        container: str,
        path: ContainerPath,
        *,
        encoding: None = None,
        max_size: int | None = 1073741824,
        timeout: float | None = None,
    ) -> bytes: ...

    @overload
    def read_file(
        self,
        container: str,
        path: ContainerPath,
        *,
        encoding: str,
        max_size: int | None = 1073741824,
        timeout: float | None = None,
    ) -> str: ...

    def read_file(
        self,
        container: str,
        path: ContainerPath,
        *,
        encoding: str | None = None,
        max_size: int | None = 1073741824,
        timeout: float | None = None,
    ) -> bytes | str:
        """Return the content of a file: bytes, or with ``encoding`` text.

        That is one request to the engine. A file of more than ``max_size`` bytes (1 GiB unless
        said otherwise; None is no limit) is InvalidArgument, before any of it is read.

        Where a tmpfs covers a file of the image, the image's is returned if this client has
        not looked at the container in another way yet: stat_file first where that may be.
        """
        found: bytes | str = self._thread.call(
            lambda: self._any.read_file(container, path, encoding=encoding, max_size=max_size, timeout=timeout)
        )
        return found

    def stream_file(self, container: str, path: ContainerPath) -> BlockingIterator[bytes]:
        """Yield the content of a file as it arrives. Memory stays flat; a slow reader slows the engine.

        The file is complete when the iteration ends by itself, not by an error. A connection
        that was lost is made up for, without a byte twice; Conflict if the file changed
        meanwhile. The engine answers no other question about the container until then.
        """
        return self._thread.iterate(self._client.stream_file(container, path))

    def write_file(
        self,
        container: str,
        path: ContainerPath,
        data: FileContent,
        *,
        encoding: str = "utf-8",
        mode: int | None = None,
        owner: str | int | None = None,
        parents: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Write a file: bytes, text in an ``encoding``, or an iterable of bytes; return its size in bytes.

        An existing file keeps its mode and its owner unless others are given; a new one has
        0644 and the container's user. ``owner`` is ``"USER[:GROUP]"``, by name or number as in
        the container. A symlink's target is written. ``parents`` makes missing folders, which
        stay if the file cannot be written; without it, PathNotFound.

        Nothing is written before all of the data is there; more than 1 MiB waits in a
        temporary file on this machine (in TMPDIR, else /var/tmp). In a container that runs, and
        in a volume, the file is whole or what it was before, whatever happens, a full disk
        included (EngineError with ``details["reason"] == "disk_full"``). Hard links to it keep
        the old content. Elsewhere, and on engines with ``userns-remap`` or for other processors
        than amd64 and arm64, the engine writes in place: what it wrote stays if the call is
        cancelled, fails, or the connection is lost for good. A file that is mounted by itself
        (``/etc/hosts``) is a Conflict. After a lost connection it is done again.
        """
        return self._thread.call(
            lambda: self._client.write_file(
                container,
                path,
                given.source(data),
                encoding=encoding,
                mode=mode,
                owner=owner,
                parents=parents,
                timeout=timeout,
            )
        )

    def stat_file(
        self, container: str, path: ContainerPath, *, follow_symlinks: bool = True, timeout: float | None = None
    ) -> FileEntry:
        """Return what is at a path; with ``follow_symlinks=False`` of a symlink the symlink itself."""
        return self._thread.call(
            lambda: self._client.stat_file(container, path, follow_symlinks=follow_symlinks, timeout=timeout)
        )

    def file_exists(self, container: str, path: ContainerPath, *, timeout: float | None = None) -> bool:
        """Return whether there is something at a path: a file, a folder, or what a symlink leads to."""
        return self._thread.call(lambda: self._client.file_exists(container, path, timeout=timeout))

    def list_files(self, container: str, path: ContainerPath = "/", *, timeout: float | None = None) -> list[FileEntry]:
        """Return what is in a folder, sorted by name, without ``.`` and ``..``.

        In a container that runs, and in a volume, a large folder is listed on the engine's host,
        and only the list travels. Elsewhere the engine sends the folder's whole archive, with
        all that is below the folder.
        """
        return self._thread.call(lambda: self._client.list_files(container, path, timeout=timeout))

    def open_volume(self, volume: str, *, read_only: bool = False) -> AbstractContextManager[OpenVolume]:
        """Reach the files of a volume, whether a container uses it or not: an asynchronous context manager.

        ``with client.open_volume("data") as volume:`` gives an OpenVolume, and all methods
        for files in containers work with it: ``read_file(volume.container, volume / "a")``,
        ``copy_to_container("b", volume.container, volume.path)``. New files belong to root.
        Files are whole or what they were before, as in a container that runs, and large
        folders are listed on the engine's host. Several programs may have a volume open.

        Raises NotFound if there is no volume of this name; none is made. The container never
        runs and is removed at the end, also with the client; ``reap`` finds it if the program
        is killed.
        """
        return self._thread.manage(self._client.open_volume(volume, read_only=read_only))

    def copy_to_container(
        self,
        src: LocalPath,
        container: str,
        dst: str | os.PathLike[str],
        *,
        archive: bool = False,
        follow_link: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> CopyResult:
        """Copy a local file or folder into a container, running or not (a tmpfs exists only while it runs).

        Owners and groups are kept by number, as with docker cp; with ``archive`` (its
        ``-a``) everything belongs to the container's configured user, if it has one.
        ``follow_link`` copies what a symlink points to. Raises PathNotFound,
        ContainerNotFound, PermissionDenied, OperationTimeout after ``timeout`` seconds.
        """
        return self._thread.call(
            lambda: self._client.copy_to_container(
                src,
                container,
                dst,
                archive=archive,
                follow_link=follow_link,
                on_progress=given.told(on_progress),
                progress=given.told(progress),
                timeout=timeout,
            )
        )

    def copy_from_container(
        self,
        container: str,
        src: str | os.PathLike[str],
        dst: LocalPath,
        *,
        archive: bool = False,
        follow_link: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> CopyResult:
        """Copy a file or folder out of a container. Nothing is written outside ``dst``.

        ``archive`` keeps owner and group, which needs the right to give files away;
        without it, everything belongs to the caller. Other keywords and errors are those of
        copy_to_container.
        """
        return self._thread.call(
            lambda: self._client.copy_from_container(
                container,
                src,
                dst,
                archive=archive,
                follow_link=follow_link,
                on_progress=given.told(on_progress),
                progress=given.told(progress),
                timeout=timeout,
            )
        )

    def sync_from_container(
        self,
        container: str,
        source: str | os.PathLike[str],
        destination: LocalPath,
        *,
        excludes: Patterns = (),
        includes: Patterns = (),
        filters: Patterns = (),
        delete: bool = False,
        hardlinks: bool = False,
        checksum: bool = False,
        allow_system_paths: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> SyncReport:
        """Make a local folder (or a file) equal to one in a container, as ``rsync -aH`` does.

        sync_from_host for a container, with the same rules, report and errors; ``source`` is
        absolute. From a container that runs, only files that changed travel, each whole
        (``report.way == "container"``). From one that does not, the engine sends all
        of ``source``, and again as much as is needed if a file changed; only those are
        written, and times are whole seconds (``"archive"``). Raises also ContainerNotFound.
        """
        return self._thread.call(
            lambda: self._client.sync_from_container(
                container,
                source,
                destination,
                excludes=excludes,
                includes=includes,
                filters=filters,
                delete=delete,
                hardlinks=hardlinks,
                checksum=checksum,
                allow_system_paths=allow_system_paths,
                on_progress=given.told(on_progress),
                progress=given.told(progress),
                timeout=timeout,
            )
        )

    def mkdir_in_container(self, container: str, path: str | os.PathLike[str]) -> None:
        """Make a folder and its parents in a container; an existing folder is fine."""
        return self._thread.call(lambda: self._client.mkdir_in_container(container, path))

    def gpus(self) -> list[GPU]:
        """Return the GPUs of the engine's host, in the order of their numbers; [] without any.

        Asks ``nvidia-smi`` on the host: of this machine, or over the SSH connection that is
        there. Behind TCP, or where the host has no ``nvidia-smi``, only the devices are known
        that the engine has found by CDI (API 1.50). Raises EngineError if nvidia-smi fails.
        """
        return self._thread.call(lambda: self._client.gpus())

    def free_gpus(self, count: int | None = None, *, memory: int | None = None) -> list[GPU]:
        """Return GPUs that no program uses, those with the most free memory first.

        With ``memory`` (bytes), those with so much of it free, whoever uses them. With
        ``count``, exactly so many. Nothing is reserved: another program may take them. Pass
        on their devices: ``RunOptions(gpus=[gpu.device for gpu in found])``. Raises Conflict if
        there are fewer than ``count``.
        """
        return self._thread.call(lambda: self._client.free_gpus(count, memory=memory))

    def image_exists(self, image: str) -> bool:
        """Return whether the engine has an image."""
        return self._thread.call(lambda: self._client.image_exists(image))

    def list_images(self) -> list[dict[str, Any]]:
        """Return the rows of ``docker images --format '{{json .}}'``."""
        return self._thread.call(lambda: self._client.list_images())

    def tag_image(self, src: str, dst: str) -> None:
        """Give an image another reference. Raises ImageNotFound, InvalidArgument."""
        return self._thread.call(lambda: self._client.tag_image(src, dst))

    def remove_image(self, image: str, *, force: bool = False, no_prune: bool = False) -> ImageRemoval:
        """Remove a reference, and the image with its last one.

        Raises ImageNotFound, and Conflict while a container uses it.
        """
        return self._thread.call(lambda: self._client.remove_image(image, force=force, no_prune=no_prune))

    def image_inspect(self, image: str, *, manifests: bool = False) -> dict[str, Any]:
        """Return the engine's ``GET /images/{name}/json``. Raises ImageNotFound.

        ``manifests`` adds what the engine has of each platform (API 1.48).
        """
        return self._thread.call(lambda: self._client.image_inspect(image, manifests=manifests))

    def image_history(self, image: str, *, no_trunc: bool = False, human: bool = True) -> list[dict[str, Any]]:
        """Return the rows of ``docker history --format '{{json .}}'``, newest layer first.

        ``no_trunc`` returns whole commands and IDs; without ``human``, sizes are bytes and
        times timestamps. Raises ImageNotFound.
        """
        return self._thread.call(lambda: self._client.image_history(image, no_trunc=no_trunc, human=human))

    def prune_images(
        self,
        *,
        dangling: bool = True,
        all: bool = False,
        label: str | Iterable[str] = (),
        not_label: str | Iterable[str] = (),
        until: Moment | None = None,
        filters: Filters = None,
        dry_run: bool = False,
    ) -> ImagePruning:
        """Remove unused images, as ``docker image prune`` does.

        Those are images without a name; with ``all`` (docker's ``-a``), or ``dangling=False``,
        all that no container uses. ``label`` and ``not_label`` are ``NAME`` or
        ``NAME=VALUE``; ``until`` is a time or an age ("24h"). The same may be given as
        ``filters``. Those of docker's settings (``pruneFilters``) apply too. This waits while the
        engine prunes for somebody else; after ConnectionLost nothing is asked for a second time.

        ``dry_run`` removes nothing. It does not know which layers build cache has, too: they
        stay on the disk, but are named and counted all the same. With containerd's store it counts only what
        an image shares with no other one.
        """
        return self._thread.call(
            lambda: self._client.prune_images(
                dangling=dangling,
                all=all,
                label=label,
                not_label=not_label,
                until=until,
                filters=filters,
                dry_run=dry_run,
            )
        )

    def create_network(
        self,
        name: str,
        *,
        driver: str | None = None,
        options: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        internal: bool = False,
        attachable: bool = False,
        ipv6: bool = False,
        subnets: str | Subnet | Iterable[str | Subnet] = (),
        ipam_driver: str | None = None,
        ipam_options: Mapping[str, str] | None = None,
        scope: str | None = None,
    ) -> Network:
        """Create a network, a bridge unless ``driver`` says otherwise.

        ``internal`` keeps it away from the world outside. ``subnets`` are texts such as
        ``"10.20.0.0/16"``, or Subnet with a gateway and a range; the engine chooses one if there
        is none. Subnets of IPv6 need ``ipv6``.

        Raises Conflict where the name is in use; InvalidArgument for a subnet that is none, and
        for one that overlaps with another network's (or EngineError, as the engine says it).
        The network also gets the label ``ml-nexus-go.creation``, by which a lost answer is
        made up for.
        """
        return self._thread.call(
            lambda: self._client.create_network(
                name,
                driver=driver,
                options=options,
                labels=labels,
                internal=internal,
                attachable=attachable,
                ipv6=ipv6,
                subnets=subnets,
                ipam_driver=ipam_driver,
                ipam_options=ipam_options,
                scope=scope,
            )
        )

    def remove_network(self, network: str) -> None:
        """Remove a network.

        Raises Conflict while running containers are in it, which it names (also in
        ``details["containers"]``), and for docker's own networks; NotFound.
        """
        return self._thread.call(lambda: self._client.remove_network(network))

    def network(self, network: str) -> Network:
        """Return a network with its running containers. Raises NotFound."""
        return self._thread.call(lambda: self._client.network(network))

    def networks(self, filters: Filters = None) -> list[Network]:
        """Return the networks that match all filters, without their containers.

        Filters are ``dangling``, ``driver``, ``id``, ``label``, ``name``, ``scope``, ``type``.
        """
        return self._thread.call(lambda: self._client.networks(filters))

    def connect_network(
        self,
        network: str,
        container: str,
        *,
        aliases: str | Iterable[str] = (),
        ip: str | None = None,
        ip6: str | None = None,
    ) -> None:
        """Take a container, running or not, into a network.

        ``aliases`` are more names that it has there; ``ip`` and ``ip6`` are addresses in a subnet
        that the network was created with. Raises Conflict where a running container is in it
        already; NotFound, ContainerNotFound.
        """
        return self._thread.call(
            lambda: self._client.connect_network(network, container, aliases=aliases, ip=ip, ip6=ip6)
        )

    def disconnect_network(self, network: str, container: str, force: bool = False) -> None:
        """Take a container out of a network.

        ``force`` also takes out what the engine has lost track of. Raises Conflict where it is
        not in it; NotFound, ContainerNotFound.
        """
        return self._thread.call(lambda: self._client.disconnect_network(network, container, force))

    def prune_networks(self, *, filters: Filters = None, dry_run: bool = False) -> list[str]:
        """Remove the networks that no running container is in; return their names.

        ``filters`` are ``label``, ``label!`` and ``until``; those of docker's settings
        (``pruneFilters``) count as well. ``dry_run`` removes nothing. If the connection is lost,
        ConnectionLost says that it is not known what was removed: a prune is not sent twice.
        """
        return self._thread.call(lambda: self._client.prune_networks(filters=filters, dry_run=dry_run))

    def sync_to_nodes(
        self,
        source: LocalPath,
        destination: HostPath,
        *,
        nodes: Literal["all"] | Iterable[str] = "all",
        at_once: int = 4,
        excludes: Patterns = (),
        includes: Patterns = (),
        filters: Patterns = (),
        delete: bool = False,
        hardlinks: bool = False,
        checksum: bool = False,
        allow_system_paths: bool = False,
        timeout: float | None = None,
    ) -> dict[str, SyncReport | DockerError]:
        """Sync a local folder (or a file) to the hosts of a fleet, as sync_to_host does to one.

        ``nodes`` are host names or IDs; "all" are those that Swarm hears from. ``at_once`` of them
        get the files at the same time; each has ``timeout`` seconds. Returns, for each node, its
        report, or the error that it ended with: one that fails keeps no other from being synced.

        Raises InvalidArgument for a node that the fleet does not have, and where the client has one
        engine, before anything is done.
        """
        return self._thread.call(
            lambda: self._client.sync_to_nodes(
                source,
                destination,
                nodes=nodes,
                at_once=at_once,
                excludes=excludes,
                includes=includes,
                filters=filters,
                delete=delete,
                hardlinks=hardlinks,
                checksum=checksum,
                allow_system_paths=allow_system_paths,
                timeout=timeout,
            )
        )

    def nodes(self) -> list[FleetNode]:
        """Return the fleet's nodes, by their names, with what is reserved on each and what is free.

        That is what Swarm's managers know; no node is asked. Raises InvalidArgument where the
        client has one engine.
        """
        return self._thread.call(lambda: self._client.nodes())

    def waiting_runs(self) -> list[WaitingRun]:
        """Return what waits for a node, of any program, and why; what has waited longest is the first.

        Raises InvalidArgument where the client has one engine.
        """
        return self._thread.call(lambda: self._client.waiting_runs())

    def upload_to_host(
        self,
        local: LocalPath,
        remote: HostPath,
        *,
        checksum: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> HostCopyResult:
        """Copy a local file, or the content of a local folder, to the host.

        Parents are made. A folder's content is copied into ``remote``; other files there
        stay, and files with the same size and time are not sent again. If ``remote`` is a
        folder or ends in "/", a file goes into it; otherwise ``remote`` is the file's new
        name. Modes and times are kept. ``checksum`` reads the copies back and
        compares their SHA-256.

        Raises PathNotFound, PermissionDenied, Conflict (a folder where the file should
        go, or vice versa), EngineError (``details["reason"] == "disk_full"``),
        ConnectionLost, OperationTimeout after ``timeout`` seconds.
        """
        return self._thread.call(
            lambda: self._client.upload_to_host(
                local,
                remote,
                checksum=checksum,
                on_progress=given.told(on_progress),
                progress=given.told(progress),
                timeout=timeout,
            )
        )

    def download_from_host(
        self,
        remote: HostPath,
        local: LocalPath,
        *,
        checksum: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> HostCopyResult:
        """Copy a file, or the content of a folder, from the host.

        Like upload_to_host in the other direction. Nothing is written outside ``local``.
        """
        return self._thread.call(
            lambda: self._client.download_from_host(
                remote,
                local,
                checksum=checksum,
                on_progress=given.told(on_progress),
                progress=given.told(progress),
                timeout=timeout,
            )
        )

    def delete_on_host(
        self, remote: HostPath, *, allow_system_paths: bool = False, timeout: float | None = None
    ) -> int:
        """Delete a file, or a folder with everything in it; return how many names were removed.

        A path that does not exist is fine. Symlinks in it are not followed. Raises
        InvalidArgument for an empty or relative path, ``~``, and a path whose ``..``
        leaves it, and, unless ``allow_system_paths``, for what a host needs, also if
        symlinks on the way lead there: what is directly below ``/``; what is in /bin,
        /boot, /dev, /etc, /lib*, /proc, /run, /sbin, /sys and /usr (except folders
        below /usr/local/x); an engine's data; home folders and mount points, and folders
        above them. ``/`` is always refused.
        """
        return self._thread.call(
            lambda: self._client.delete_on_host(remote, allow_system_paths=allow_system_paths, timeout=timeout)
        )

    def mkdir_on_host(self, remote: HostPath, *, timeout: float | None = None) -> None:
        """Make a folder and its parents; an existing folder is fine.

        Raises Conflict if a file is in the way, PermissionDenied, InvalidArgument.
        """
        return self._thread.call(lambda: self._client.mkdir_on_host(remote, timeout=timeout))

    def sync_to_host(
        self,
        source: LocalPath,
        destination: HostPath,
        *,
        excludes: Patterns = (),
        includes: Patterns = (),
        filters: Patterns = (),
        delete: bool = False,
        hardlinks: bool = False,
        link_source: bool = False,
        checksum: bool = False,
        allow_system_paths: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> SyncReport:
        """Make a folder (or a file) on the host equal to a local one, as ``rsync -aH`` does.

        ``source`` means its content, with or without a trailing slash. A sync keeps
        content, modes, times, symlinks, empty folders, names of any bytes, and, if the
        user there is root, numeric owners. Files with the same size and time are not read;
        ``checksum`` compares content instead. ``hardlinks`` keeps hard links.
        ``link_source`` makes a folder's files hard links to the local ones,
        as rsync's --link-dest does; what cannot be linked, on another machine or file
        system, is copied. ``delete`` removes what the source lacks, except what a rule excludes;
        unless ``allow_system_paths``, it is refused if delete_on_host would refuse the
        destination. A home folder or a mount point in it that a rule excludes is fine.

        ``excludes`` and ``includes`` are rsync's patterns, ``filters`` its rules
        ("+ PATTERN", "- PATTERN"). The first match decides: filters in their
        order, then includes, then excludes.

        Raises PathNotFound, InvalidArgument (a refused destination, a bad pattern),
        Conflict, PermissionDenied, EngineError (a full disk), ConnectionLost,
        OperationTimeout. If single paths fail, the others are still done, and the error
        comes at the end (``details["issues"]``).
        """
        return self._thread.call(
            lambda: self._client.sync_to_host(
                source,
                destination,
                excludes=excludes,
                includes=includes,
                filters=filters,
                delete=delete,
                hardlinks=hardlinks,
                link_source=link_source,
                checksum=checksum,
                allow_system_paths=allow_system_paths,
                on_progress=given.told(on_progress),
                progress=given.told(progress),
                timeout=timeout,
            )
        )

    def sync_from_host(
        self,
        source: HostPath,
        destination: LocalPath,
        *,
        excludes: Patterns = (),
        includes: Patterns = (),
        filters: Patterns = (),
        delete: bool = False,
        hardlinks: bool = False,
        link_source: bool = False,
        checksum: bool = False,
        allow_system_paths: bool = False,
        on_progress: ProgressCallback | None = None,
        progress: ProgressOption = None,
        timeout: float | None = None,
    ) -> SyncReport:
        """Make a local folder (or a file) equal to one on the host, as ``rsync -aH`` does.

        sync_to_host in the other direction, with the same rules, report and errors. The
        paths refused as a destination are those of this machine. Nothing is written
        outside ``destination``, whatever the host sends; symlinks in it are not followed.
        ``link_source`` links files if the host is this machine.

        Raises PathNotFound, InvalidArgument (a refused destination, a bad pattern),
        Conflict, PermissionDenied, EngineError (a full disk; ``details["reason"] ==
        "unsafe_answer"``: the host sent what cannot be true), ConnectionLost,
        OperationTimeout. If single paths fail, the others are still done, and the error
        comes at the end (``details["issues"]``).
        """
        return self._thread.call(
            lambda: self._client.sync_from_host(
                source,
                destination,
                excludes=excludes,
                includes=includes,
                filters=filters,
                delete=delete,
                hardlinks=hardlinks,
                link_source=link_source,
                checksum=checksum,
                allow_system_paths=allow_system_paths,
                on_progress=given.told(on_progress),
                progress=given.told(progress),
                timeout=timeout,
            )
        )

    def list_orphans(self) -> list[Orphan]:
        """Return the containers of attached runs whose program, on this machine, was killed.

        They still run, or should have been removed (``--rm``). Only proven orphans count
        (docs/surviving.md): never containers with ``-d``, of this client, or of a program
        that is alive or cannot be seen from here, nor one that has its labels from its image
        or was started again.
        """
        return self._thread.call(lambda: self._client.list_orphans())

    def reap(self, *, older_than: float | None = None, dry_run: bool = False) -> list[Orphan]:
        """End orphans and return them: running ones are killed, those of ``--rm`` removed.

        Only those that were created more than ``older_than`` seconds ago. With
        ``dry_run``, nothing is ended.
        """
        return self._thread.call(lambda: self._client.reap(older_than=older_than, dry_run=dry_run))

    def forward(
        self,
        container: str,
        port: int | str,
        *,
        local_port: int = 0,
        local_socket: LocalPath | None = None,
        reverse: bool = False,
        host_network: bool = False,
    ) -> AbstractContextManager[PortForward]:
        """Make a port of a container reachable on this machine while a block lasts.

            with client.forward("notebook", 8888) as local:
                print(local.url())  # http://127.0.0.1:43121/

        The port need not be published: a program may listen on the container's 127.0.0.1 only.
        ``port`` may also be an abstract Unix socket, ``"@name"``. On this machine it is at
        ``local_port`` of 127.0.0.1, any free one if that is 0, or at ``local_socket``, the path of
        a Unix socket that only this user may use.

        With ``reverse``, programs in the container reach this machine: what connects to ``port``
        of the container's 127.0.0.1 (0: any free one, see ``local.port``) gets to ``local_port``
        (0: the same number) or ``local_socket`` here.

        A lost connection to the engine ends the connections through the port; new ones work
        as soon as the engine answers again, and also after the container was started again. If
        nobody listens, connections are closed at once.

        A container with the host's network is refused unless ``host_network`` is true: its
        127.0.0.1 is the host's.

        Raises, when the block is entered, ContainerNotFound and ContainerNotRunning; Conflict for a
        port or a socket that is in use, here or (``reverse``) in the container; PermissionDenied
        for a port that this user may not have; InvalidArgument. The end of the block raises what
        has ended the forwarding before, if anything did: AuthenticationFailed for a key that was
        withdrawn, for example.
        """
        return self._thread.manage(
            self._client.forward(
                container,
                port,
                local_port=local_port,
                local_socket=local_socket,
                reverse=reverse,
                host_network=host_network,
            )
        )

    def pull_image(
        self,
        ref: str,
        *,
        platform: str | None = None,
        all_tags: bool = False,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        on_progress: ImageProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> PullResult:
        """Pull an image: without a tag, latest; with ``all_tags``, every tag of the repository.

        Raises ImageNotFound, RegistryAuthError, RegistryError (``details["reason"]`` is
        "unreachable", "certificate", "plain_http", "garbage"...), OperationTimeout after
        ``timeout`` seconds. Complete layers always stay on the engine.
        """
        return self._thread.call(
            lambda: self._client.pull_image(
                ref,
                platform=platform,
                all_tags=all_tags,
                username=username,
                password=password,
                token=token,
                on_progress=given.told(on_progress),
                progress=progress,
                timeout=timeout,
            )
        )

    def push_image(
        self,
        tag: str,
        *,
        platform: str | None = None,
        all_tags: bool = False,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        on_progress: ImageProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> PushResult:
        """Push an image to the registry that its name begins with.

        With ``all_tags``, ``tag`` is a repository. ``platform`` pushes one of several
        platforms (API 1.46). Errors are those of pull_image; ImageNotFound means that the
        engine lacks the image.
        """
        return self._thread.call(
            lambda: self._client.push_image(
                tag,
                platform=platform,
                all_tags=all_tags,
                username=username,
                password=password,
                token=token,
                on_progress=given.told(on_progress),
                progress=progress,
                timeout=timeout,
            )
        )

    def login(
        self,
        registry: str = "",
        username: str | None = None,
        password: str | None = None,
        *,
        token: str | None = None,
        store: bool = False,
        timeout: float | None = None,
    ) -> str:
        """Check a login with a registry ("" is Docker Hub) and use it from now on.

        It lasts as long as this client. With ``store`` it is stored where ``docker login``
        stores it: in the credential helper that docker's settings name, else unencrypted
        in config.json. Returns the engine's message ("Login Succeeded"). Raises
        RegistryAuthError, RegistryError.
        """
        return self._thread.call(
            lambda: self._client.login(registry, username, password, token=token, store=store, timeout=timeout)
        )

    def logout(self, registry: str | None = None, *, timeout: float | None = None) -> bool:
        """Forget the login to a registry (None is Docker Hub), as ``docker logout`` does; return whether there was one.

        Both this client's own login and the stored one are removed: from the credential
        helper that docker's settings name, and from config.json. What DOCKER_AUTH_CONFIG has
        stays, and is used. The engine is not asked.
        """
        return self._thread.call(lambda: self._client.logout(registry, timeout=timeout))

    def inspect_distribution(
        self,
        image: str,
        *,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        timeout: float | None = None,
    ) -> Distribution:
        """Return what a registry has under an image's name, without pulling it. Without a tag: latest.

        The engine asks the registry. Raises InvalidArgument for what is no name of an image, ImageNotFound,
        RegistryAuthError, RegistryError, OperationTimeout after ``timeout`` seconds.
        """
        return self._thread.call(
            lambda: self._client.inspect_distribution(
                image, username=username, password=password, token=token, timeout=timeout
            )
        )

    def container_stats(self, container: str) -> ContainerStats:
        """Return what a container uses now.

        It takes the engine one to two seconds, as the share of the processors is what was used
        between two measurements. Raises ContainerNotFound and ContainerNotRunning.
        """
        return self._thread.call(lambda: self._client.container_stats(container))

    def stream_container_stats(self, container: str) -> BlockingIterator[ContainerStats]:
        """Yield what a container uses, each second, until it stops or is removed.

        It goes on after a lost connection, and through the restarts of a restart policy.
        Raises ContainerNotFound and ContainerNotRunning.
        """
        return self._thread.iterate(self._client.stream_container_stats(container))

    def stats(
        self, containers: str | Iterable[str] | None = None, *, filters: Filters = None
    ) -> BlockingIterator[ContainerStats]:
        """Yield what each of many containers uses, each second: of all that run, or of those named.

        Containers join when they are started, and leave when they stop. ``filters`` are those
        of containers(), and count when a container joins. It goes on after a lost connection
        and a restart of the engine, if that answers within ``reconnect_timeout``; else it
        raises ConnectionLost. It ends when its reader ends it, or once all of ``containers``
        are removed; they must exist at first (ContainerNotFound), and need not run.
        """
        return self._thread.iterate(self._client.stats(containers, filters=filters))

    def ping(self) -> PingResult:
        """Check that the engine answers. Raises EngineUnreachable."""
        return self._thread.call(lambda: self._client.ping())

    def info(self) -> dict[str, Any]:
        """Return the engine's ``GET /info``, what ``docker info`` is made from."""
        return self._thread.call(lambda: self._client.info())

    def version(self) -> dict[str, Any]:
        """Return the engine's ``GET /version``."""
        return self._thread.call(lambda: self._client.version())

    def disk_usage(self, *, timeout: float | None = None) -> DiskUsage:
        """Return what is on the engine's disk, as ``docker system df -v`` does; sizes are in bytes.

        The engine reads the size of every file of its containers and volumes, which may take it
        minutes, and does so for one caller at a time: this waits for the others. Raises
        OperationTimeout after ``timeout`` seconds.
        """
        return self._thread.call(lambda: self._client.disk_usage(timeout=timeout))

    def build_cache(self, *, timeout: float | None = None) -> list[BuildCacheRecord]:
        """Return what the engine keeps of builds, as ``docker system df -v`` lists it.

        An engine before API 1.42 measures everything else for that, too; see ``disk_usage``.
        """
        return self._thread.call(lambda: self._client.build_cache(timeout=timeout))

    def prune_build_cache(
        self,
        *,
        filters: Filters = None,
        all: bool = False,
        keep_storage: int = 0,
        max_used: int = 0,
        min_free: int = 0,
        dry_run: bool = False,
    ) -> BuildCachePruning:
        """Remove what builds keep and no build uses, as ``docker builder prune`` does.

        With ``all``, what images share and BuildKit's own records go, too. ``filters`` are ``until``
        (when it was last used: a time or an age), ``id`` (a regular expression), ``type`` and
        ``description``, each given once. ``keep_storage`` keeps so many bytes of what was used
        most and last. On engines with API 1.48, ``max_used`` does so unless ``keep_storage`` is more, and
        ``min_free`` removes only as much as is needed for so many free bytes on the disk.

        ``dry_run`` removes nothing, by BuildKit's rules; it cannot know ``min_free``. Filters of
        docker's settings (``pruneFilters``) count as well: one for labels, which build cache does not
        have, is InvalidArgument. This waits while the engine prunes for somebody else. After
        ConnectionLost nothing is asked for a second time.
        """
        return self._thread.call(
            lambda: self._client.prune_build_cache(
                filters=filters,
                all=all,
                keep_storage=keep_storage,
                max_used=max_used,
                min_free=min_free,
                dry_run=dry_run,
            )
        )

    def prune_system(
        self, *, all: bool = False, volumes: bool = False, filters: Filters = None, dry_run: bool = False
    ) -> SystemPruning:
        """Remove what nothing uses, as ``docker system prune`` does, in its order.

        Those are containers that do not run, networks, with ``volumes`` anonymous volumes, images
        without a name (with ``all`` all that no container uses), and build cache. ``filters`` are ``label``,
        ``label!`` and, unless volumes are pruned, ``until``; those of docker's settings
        (``pruneFilters``) count as well. A ``label`` leaves build cache alone, which has none.

        ``dry_run`` removes nothing; what only removed containers use is in its result, but not build
        cache that only removed images share. If one kind fails, the error says what was removed
        before, in ``details["pruned"]`` by kind. Before API 1.42, ``volumes`` is InvalidArgument:
        the engine would remove those with names. After ConnectionLost nothing is asked for a
        second time.
        """
        return self._thread.call(
            lambda: self._client.prune_system(all=all, volumes=volumes, filters=filters, dry_run=dry_run)
        )

    def containers(self, filters: Filters = None, *, all: bool = False, sizes: bool = False) -> list[Container]:
        """Return the containers that run; with ``all``, the others too. The newest is the first.

        ``filters`` are those of ``docker ps``, each with a value or a list of values:
        ``{"label": ["team=a", "gpu"], "name": "^train"}``. A ``status`` finds stopped containers
        also without ``all``. With ``sizes`` the engine measures what each container has
        written, which takes it long. Raises InvalidArgument for a filter that does not exist.
        """
        return self._thread.call(lambda: self._client.containers(filters, all=all, sizes=sizes))

    def container(self, name: str) -> ContainerDetails:
        """Return one container, with its state, exit code, times and configuration.

        The name must match exactly; an ID works too. Raises ContainerNotFound.
        """
        return self._thread.call(lambda: self._client.container(name))

    def images(self, filters: Filters = None, *, all: bool = False) -> list[Image]:
        """Return the engine's images; with ``all``, those between layers too.

        ``filters`` are those of ``docker images``: ``{"reference": "team/*", "dangling": False}``.
        Raises InvalidArgument for a filter that does not exist.
        """
        return self._thread.call(lambda: self._client.images(filters, all=all))

    def image(self, name: str) -> ImageDetails:
        """Return one image, by a reference or its ID, with its platform, layers and configuration.

        Raises ImageNotFound.
        """
        return self._thread.call(lambda: self._client.image(name))

    def create_volume(
        self,
        name: str | None = None,
        *,
        driver: str | None = None,
        driver_options: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Volume:
        """Create a volume; without a name an anonymous one, whose name is random.

        As with docker, a volume that exists already is returned. Raises Conflict if it lacks
        the driver, an option or a label that is asked for; InvalidArgument for a name or options
        that the driver refuses. The volume also gets the label ``ml-nexus-go.creation``, by
        which a lost answer is made up for.
        """
        return self._thread.call(
            lambda: self._client.create_volume(name, driver=driver, driver_options=driver_options, labels=labels)
        )

    def remove_volume(self, name: str, force: bool = False) -> None:
        """Remove a volume and the files in it.

        Raises Conflict, which names the containers, while one has it, running or not;
        NotFound, unless ``force``, which also removes what its driver no longer knows.
        """
        return self._thread.call(lambda: self._client.remove_volume(name, force))

    def volume(self, name: str) -> Volume:
        """Return a volume. Raises NotFound."""
        return self._thread.call(lambda: self._client.volume(name))

    def volumes(self, filters: Filters = None) -> list[Volume]:
        """Return the volumes that match all filters: ``dangling``, ``driver``, ``label``, ``name``."""
        return self._thread.call(lambda: self._client.volumes(filters))

    def prune_volumes(self, *, filters: Filters = None, all: bool = False, dry_run: bool = False) -> VolumePruning:
        """Remove the anonymous volumes that no container has; with ``all`` those with names, too.

        ``filters`` are ``label`` and ``label!``; those of docker's settings (``pruneFilters``)
        count as well. ``dry_run`` removes nothing. Volumes of other drivers than ``local``, and
        those with driver options, are never removed.

        An engine before API 1.42 does not know which volumes are anonymous: without ``all``,
        InvalidArgument. If the connection is lost, ConnectionLost says that it is not known
        what was removed: a prune is not sent twice.
        """
        return self._thread.call(lambda: self._client.prune_volumes(filters=filters, all=all, dry_run=dry_run))


class Place(DockerClient):
    """A client of the node of a fleet where resources are held, from ``client.reserve()``."""

    @property
    def reservation(self) -> Reservation:
        """What is held, and where."""
        held: Reservation = self._any.reservation
        return held
