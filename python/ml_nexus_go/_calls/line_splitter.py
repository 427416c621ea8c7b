"""Lines of text, out of the chunks of a stream."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from .._results.output import OutputLine, StreamName

# A longer line comes in pieces, so that memory stays flat. In characters.
MAX_LINE = 1 << 20

_END = re.compile(r"\r*\n|\r+")


class LineSplitter:
    """Splits one stream of output into lines, as Python's text mode does.

    LF, CR LF and CR end a line, so that each step of a progress bar is one. A CR with
    nothing before it ends none: many bars begin with it.
    """

    def __init__(self, stream: StreamName) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parts: list[str] = []  # of a line that has not ended
        self._size = 0
        self._after_cr = False  # whether an LF that comes next ends no line of its own
        self._lone_cr = False  # whether an LF that comes next ends an empty line

    def feed(self, data: bytes) -> list[OutputLine]:
        """Return the lines that ``data`` ends."""
        return [OutputLine(line, self._stream) for line in self._lines(self._decoder.decode(data))]

    def finish(self) -> list[OutputLine]:
        """Return what is left: a line without its end."""
        lines = [*self._lines(self._decoder.decode(b"", final=True)), *([self._taken()] if self._parts else [])]
        return [OutputLine(line, self._stream) for line in lines]

    def _lines(self, text: str) -> Iterator[str]:
        if self._after_cr or self._lone_cr:
            text = text.lstrip("\r")
            if not text:
                return
            if text[0] == "\n":
                text = text[1:] if self._after_cr else text
            self._after_cr = self._lone_cr = False
        if "\r" in text:
            yield from self._split(text)
        else:  # the same, several times as fast
            *ends, rest = text.split("\n")
            for end in ends:
                yield self._taken() + end if self._parts else end
            self._keep(rest)
        if self._size >= MAX_LINE:
            yield self._taken()

    def _split(self, text: str) -> Iterator[str]:
        at = 0
        for end in _END.finditer(text):
            self._keep(text[at : end.start()])
            at = end.end()
            lone = end[0][-1] == "\r" and not self._parts
            if at == len(text) and end[0][-1] == "\r":
                self._after_cr, self._lone_cr = not lone, lone
            if not lone:
                yield self._taken()
        self._keep(text[at:])

    def _keep(self, part: str) -> None:
        if part:
            self._parts.append(part)
            self._size += len(part)

    def _taken(self) -> str:
        line = "".join(self._parts)
        self._parts.clear()
        self._size = 0
        return line
