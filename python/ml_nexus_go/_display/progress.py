"""How far a transfer is: a callback of the user's, or a bar on the terminal."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar

from .._calls.operation import EventListener
from .._errors import InvalidArgument
from .._results.progress import Progress
from .printable import printable

if TYPE_CHECKING:
    from .._wire.generated.events import TransferEvent

ProgressCallback = Callable[[Progress], object]
# A function is the older form of on_progress.
ProgressOption = ProgressCallback | bool | None
Told = TypeVar("Told")


@contextmanager
def reporting(
    on_progress: ProgressCallback | None, progress: ProgressOption, label: str
) -> Iterator[ProgressCallback | None]:
    """Yield the function to call with each Progress, or None if nobody listens.

    With ``progress``, a bar is drawn on stderr if that is a terminal. The bar needs rich.
    """
    callback = progress_function(on_progress)
    if callable(progress):
        if callback is not None:
            raise InvalidArgument("progress and on_progress are functions: give on_progress alone")
        callback, progress = progress_function(progress, "progress"), False
    if not is_shown(progress):
        yield callback
        return
    with bar(label) as draw:
        yield told(callback, draw)


def progress_function(
    value: Callable[[Told], object] | None, name: str = "on_progress"
) -> Callable[[Told], object] | None:
    """Return a function that is called with progress, checked before anything is started."""
    if value is None:
        return None
    if not callable(value):
        raise InvalidArgument(f"{name} must be a function, or None, not {type(value).__name__}")
    if iscoroutinefunction(value) or iscoroutinefunction(getattr(value, "__call__", None)):  # noqa: B004
        raise InvalidArgument(f"{name} must be a plain function: nothing awaits an async one")
    return value


def is_shown(progress: object) -> bool:
    """Return whether progress is to be shown on stderr."""
    if progress is None or isinstance(progress, bool):
        return bool(progress)
    raise InvalidArgument(f"progress must be True or False, not {progress!r}: on_progress takes a function")


def told(*callbacks: Callable[[Told], object] | None) -> Callable[[Told], object] | None:
    """Return a function that calls those that there are."""
    present = [callback for callback in callbacks if callback is not None]

    def call(event: Told) -> None:
        for callback in present:
            callback(event)

    return call if present else None


@contextmanager
def bar(label: str) -> Iterator[ProgressCallback | None]:
    """Draw a bar for one transfer; it stays when the transfer has ended."""
    rich, console = rich_console()
    if not can_draw(console):
        yield None
        return
    columns = (
        rich.TextColumn("{task.description}", markup=False),
        rich.BarColumn(),
        rich.DownloadColumn(),
        rich.TransferSpeedColumn(),
        rich.TimeRemainingColumn(),
        rich.TextColumn("{task.fields[files]}"),
    )
    redraws = in_notebook(console)
    with rich.Progress(*columns, console=console, auto_refresh=not redraws) as shown:
        task = shown.add_task(printable(label), total=None, files="")

        def draw(at: Progress) -> None:
            total = at.total if at.total >= 0 else None
            files = f"{at.files} files" if at.files != 1 else "1 file"
            shown.update(task, completed=at.done, total=total, files=files, refresh=redraws)

        yield draw


def can_draw(console: Any) -> bool:
    """Report whether bars can be redrawn: on a terminal, and in a notebook."""
    return bool(console.is_terminal) or in_notebook(console)


def in_notebook(console: Any) -> bool:
    """Report whether the program is a notebook that can show widgets.

    A bar is redrawn there by one thread, when there is news: a kernel keeps the order of
    messages of one thread only, and a bar's messages that come before it opens are lost.
    """
    return bool(console.is_jupyter) and find_spec("ipywidgets") is not None


def rich_console() -> tuple[Any, Any]:
    """Return rich.progress, and its console on stderr. Raises InvalidArgument without rich."""
    try:
        rich = importlib.import_module("rich.progress")
    except ModuleNotFoundError:
        raise InvalidArgument(
            "progress=True needs rich, which is not installed: pip install 'ml_nexus_go[progress]', or pass a function"
        ) from None
    return rich, rich.Console(file=sys.stderr)


def progress_listener(callback: ProgressCallback | None) -> EventListener | None:
    """Return a listener that turns a transfer's events into calls of ``callback``."""
    if callback is None:
        return None
    call: ProgressCallback = callback

    def listen(event: TransferEvent) -> None:
        if event["event"] == "progress":
            call(Progress(event["done"], event["total"], event["files"]))

    return listen
