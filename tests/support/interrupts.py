"""KeyboardInterrupt at a chosen moment: at any of those when CPython runs signal handlers."""

from __future__ import annotations

import dis
import itertools
import os
import sys
from types import CodeType, FrameType
from typing import Any

import ml_nexus_go

_HERE = os.path.dirname(ml_nexus_go.__file__)
# CPython checks for signals where a function begins or resumes, after calls, and at
# backward jumps. It runs no handler between other instructions.
_LOOKED_AFTER = ("CALL", "JUMP_BACKWARD", "POP_JUMP_BACKWARD")


class Interrupts:
    """Use it as a context manager: raises at moment number ``at`` (from 1), in code of the package only."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen = 0
        self.where = ""
        self._codes: dict[CodeType, frozenset[int]] = {}

    def __enter__(self) -> Interrupts:
        sys.settrace(self._begin)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    @property
    def raised(self) -> bool:
        """Whether there was a moment with this number."""
        return bool(self.where)

    def _begin(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if not code.co_filename.startswith(_HERE) or code.co_name == "__del__":
            return None  # an exception in __del__ ends nowhere
        if code not in self._codes:
            self._codes[code] = _moments(code)
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        self._moment(frame)
        return self._opcode

    def _opcode(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "opcode" and frame.f_lasti in self._codes[frame.f_code]:
            self._moment(frame)
        return self._opcode

    def _moment(self, frame: FrameType) -> None:
        self.seen += 1
        if self.seen == self.at:
            self.where = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno} {frame.f_code.co_name}"
            sys.settrace(None)
            raise KeyboardInterrupt


def _moments(code: CodeType) -> frozenset[int]:
    """Return the offsets of the instructions that follow those after which CPython checks for signals."""
    pairs = itertools.pairwise(dis.get_instructions(code))
    return frozenset(later.offset for one, later in pairs if one.opname.startswith(_LOOKED_AFTER))
