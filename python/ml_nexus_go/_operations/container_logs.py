"""Logs of containers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Literal, overload

from .._abi.frames import STDERR, STDOUT
from .._arguments.checks import text, yes_or_no
from .._arguments.times import Moment, moment
from .._errors import InvalidArgument
from .._results.output import LogLine
from .._wire.generated.methods import CONTAINER_LOGS
from .requests import Requests

if TYPE_CHECKING:
    from .._wire.generated.requests import LogsRequest


class ContainerLogs(Requests):
    """The method that reads the log of a container, running or not."""

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
    ) -> AsyncGenerator[bytes, None]: ...

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
    ) -> AsyncGenerator[LogLine, None]: ...

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
    ) -> AsyncGenerator[bytes, None] | AsyncGenerator[LogLine, None]:
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
        if isinstance(tail, bool) or not (tail is None or isinstance(tail, (int, str))):
            raise InvalidArgument(f"tail must be a number of lines or 'all', not {tail!r}")
        given = {"follow": follow, "timestamps": timestamps, "stdout": stdout, "stderr": stderr, "tagged": tagged}
        for name, value in given.items():
            yes_or_no(value, name)
        request: LogsRequest = {
            "container": text(container, "container"),
            "follow": follow,
            "since": moment(None if since == "" else since, "since"),
            "until": moment(None if until == "" else until, "until"),
            "tail": None if tail is None else str(tail),
            "timestamps": timestamps or tagged,
        }
        streams = frozenset(kind for kind, wanted in ((STDOUT, stdout), (STDERR, stderr)) if wanted)
        read = self._read_tagged_log if tagged else self._read_log
        return read(CONTAINER_LOGS(request), streams)
