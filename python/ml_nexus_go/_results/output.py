"""Lines of output."""

from __future__ import annotations

from typing import Literal

StreamName = Literal["stdout", "stderr"]


class OutputLine(str):
    """A line of a command's output, as text without its end. ``stream`` is "stdout" or "stderr"."""

    __slots__ = ("stream",)

    stream: StreamName

    def __new__(cls, text: str = "", stream: StreamName = "stdout") -> OutputLine:
        self = super().__new__(cls, text)
        self.stream = stream
        return self
