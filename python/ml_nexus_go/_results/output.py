"""Lines of output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .documents import public

StreamName = Literal["stdout", "stderr"]


@public
class OutputLine(str):
    """A line of a command's output, as text without its end. ``stream`` is "stdout" or "stderr"."""

    __slots__ = ("stream",)

    stream: StreamName

    def __new__(cls, text: str = "", stream: StreamName = "stdout") -> OutputLine:
        self = super().__new__(cls, text)
        self.stream = stream
        return self


@public
@dataclass(frozen=True)
class LogLine:
    """A line of a container's log.

    ``data`` has its bytes, with the newline; ``text`` is UTF-8 with replacement characters,
    without the line's end. ``time`` is when the engine got it, in UTC; ``timestamp`` the
    same to the nanosecond, as the engine writes it: container_logs takes it as ``since`` and
    ``until``. All pieces of a line of more than 1 MiB have the time of its beginning.
    """

    stream: StreamName
    data: bytes
    time: datetime
    timestamp: str

    @property
    def text(self) -> str:
        """The line as text."""
        return self.data.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")

    def __str__(self) -> str:
        return self.text
