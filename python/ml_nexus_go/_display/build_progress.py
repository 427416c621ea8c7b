"""Show a build while it runs: steps on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TextIO

from .. import _results
from .._errors import InvalidArgument
from .printable import printable
from .progress import in_notebook, rich_console

if TYPE_CHECKING:
    from .._results.builds import BuildEvent, BuildStep, BuildTransfer
    from .._wire.generated import events

MODES = ("auto", "tty", "plain")
LOG_LINES = 6  # of the output of a step that runs
LINE_LENGTH = 4096  # of such a line, whose end may never come


def display_mode(progress: bool | str) -> str:
    """Return "", "tty" or "plain" for what a user passes as ``progress``."""
    if progress is False or progress is None or progress == "":
        return ""
    mode = "auto" if progress is True else progress
    if mode not in MODES:
        raise InvalidArgument(f"progress must be a bool or one of {', '.join(MODES)}, not {progress!r}")
    rich = find_spec("rich") is not None
    if mode == "tty" and not rich:
        raise InvalidArgument("progress='tty' needs rich: pip install 'ml_nexus_go[progress]', or use 'plain'")
    if mode == "auto":
        return "tty" if rich and (sys.stderr.isatty() or in_notebook(rich_console()[1])) else "plain"
    return mode


class BuildDisplay:
    """Takes Go's events and shows them until ``close``. It shows nothing while mode is ""."""

    def __init__(self, mode: str, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.mode = ""
        self._terminal: _Terminal | None = None
        self.show(mode)

    def show(self, mode: str) -> None:
        """Begin to show, if nothing is shown yet."""
        if self.mode or not mode:
            return
        self.mode = mode
        if mode == "tty":
            self._terminal = _Terminal(self.stream)

    def take(self, fields: events.BuildEvent, event: BuildEvent | None) -> None:
        """Show an event; ``event`` is the same for users."""
        if fields["event"] == "display":
            self.show(display_mode(fields["mode"]))
        elif fields["event"] == "plain" and self.mode == "plain":
            text = fields["text"]
            self.stream.write(printable(text, keep="\n\t") if self.stream.isatty() else text)
            self.stream.flush()
        elif self._terminal is not None:
            self._terminal.take(event)

    def close(self, failed: bool = False) -> None:
        """Leave the last state on the screen."""
        if self._terminal is not None:
            self._terminal.close(failed)
            self._terminal = None


class _Step:
    """What is shown of one step."""

    def __init__(self, event: BuildStep) -> None:
        self.name = event.name
        self.state = event.state
        self.began = time.monotonic()
        self.seconds = 0.0
        self.log: list[str] = []
        self.transfers: dict[str, BuildTransfer] = {}

    def update(self, event: BuildStep) -> None:
        self.state, self.seconds = event.state, event.seconds

    def output(self, text: str) -> None:
        head = self.log.pop() if self.log else ""
        lines = [*self.log, *(head + text).split("\n")][-LOG_LINES - 1 :]
        self.log = [line[-LINE_LENGTH:] for line in lines]

    @property
    def time(self) -> float:
        return time.monotonic() - self.began if self.state == "started" else self.seconds


class _Terminal:
    """The steps as docker shows them, redrawn by rich."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console  # noqa: PLC0415
        from rich.live import Live  # noqa: PLC0415

        self.began = time.monotonic()
        self.steps: dict[int, _Step] = {}
        self.end = ""
        console = Console(file=stream)
        self._console = console
        self._live = Live(console=console, get_renderable=self._render, refresh_per_second=8, auto_refresh=True)
        self._live.start()

    def take(self, event: BuildEvent | None) -> None:
        if isinstance(event, _results.builds.BuildStep):
            if event.number in self.steps:
                self.steps[event.number].update(event)
            else:
                self.steps[event.number] = _Step(event)
        elif isinstance(event, _results.builds.BuildLog) and event.number in self.steps:
            self.steps[event.number].output(event.text)
        elif isinstance(event, _results.builds.BuildTransfer) and event.number in self.steps:
            self.steps[event.number].transfers[event.name] = event

    def close(self, failed: bool) -> None:
        self.end = "FAILED" if failed else "FINISHED"
        self._live.stop()

    def _render(self) -> Any:
        from rich.text import Text  # noqa: PLC0415

        steps = list(self.steps.values())  # rich draws in a thread of its own
        done = sum(step.state != "started" for step in steps)
        head = f"[+] Building {time.monotonic() - self.began:.1f}s ({done}/{len(steps)}) {self.end}".rstrip()
        text = Text(head, no_wrap=True, overflow="ellipsis")
        width = self._console.width
        # What does not fit on the screen would leave copies behind: the first steps go.
        rows = [row for step in steps for row in _rows(step)]
        for line, seconds, style in rows[-max(3, self._console.height - 2) :]:
            right = f"{seconds:.1f}s" if seconds is not None else ""
            room = max(10, width - len(right) - 1)
            safe = printable(line.expandtabs())
            shown = safe if len(safe) <= room else safe[: room - 1] + "…"
            text.append("\n" + shown.ljust(room) + right, style=style)
        return text


def _rows(step: _Step) -> list[tuple[str, float | None, str]]:
    style = {"done": "blue", "cached": "blue", "failed": "red"}.get(step.state, "")
    before = {"cached": "CACHED ", "failed": "ERROR "}.get(step.state, "")
    rows: list[tuple[str, float | None, str]] = [(f" => {before}{step.name}", step.time, style)]
    if step.state == "started":
        rows += [(f" => => {transfer_text(one)}", None, "") for one in step.transfers.values() if not one.done]
        rows += [(f" => => # {line}", None, "dim") for line in step.log[-LOG_LINES:] if line]
    return rows


def transfer_text(transfer: BuildTransfer) -> str:
    """Return a transfer as docker shows it."""
    if transfer.total:
        return f"{transfer.name} {_size(transfer.current)} / {_size(transfer.total)}"
    return f"{transfer.name} {_size(transfer.current)}" if transfer.current else transfer.name


def _size(count: float) -> str:
    if count < 1000:
        return f"{count:.0f}B"
    units = ["kB", "MB", "GB", "TB"]
    while count >= 1000 and len(units) > 0:
        count, unit = count / 1000, units.pop(0)
    return f"{count:.2f}{unit}"
