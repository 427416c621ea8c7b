"""How far a transfer of an image is: a callback of the user's, bars on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from .. import _results
from .._calls.operation import EventListener
from .._results.progress import Progress, Waiting
from .printable import printable
from .progress import can_draw, in_notebook, is_shown, progress_function, rich_console, told

if TYPE_CHECKING:
    from .._results.images import ImageEvent
    from .._wire.generated import events

MAX_BARS = 200  # an image has 127 layers at most

ImageProgressCallback = Callable[["ImageEvent"], object]
WaitingCallback = Callable[[Waiting], object]
RunProgressCallback = Callable[["ImageEvent | Waiting"], object]


@contextmanager
def showing(on_progress: Callable[[Any], object] | None, progress: bool) -> Iterator[EventListener | None]:
    """Yield the listener of a transfer's events, or None if nobody listens.

    With ``progress``, each layer has a bar on stderr if that is a terminal. The bars end
    when a process has been started from the image: the terminal is that process's.
    """
    callback = progress_function(on_progress)
    with ExitStack() as shown:
        draw = shown.enter_context(bars()) if is_shown(progress) else None
        listener = image_listener(told(callback, draw))
        if draw is None or listener is None:
            yield listener
            return

        def listen(event: events.ImageEvent | events.ProcessEvent) -> None:
            if event["event"] == "started":
                shown.close()
            else:
                listener(event)

        yield listen


@contextmanager
def bars() -> Iterator[RunProgressCallback | None]:
    """Draw a bar for each layer, or for an archive; they stay when the transfer has ended."""
    rich, console = rich_console()
    if not can_draw(console):
        yield None
        return
    columns = (rich.TextColumn("{task.description}", markup=False), rich.BarColumn(), rich.DownloadColumn())
    redraws = in_notebook(console)
    with rich.Progress(*columns, console=console, auto_refresh=not redraws) as shown:
        tasks: dict[str, Any] = {}

        def draw(event: ImageEvent | Waiting) -> None:
            if isinstance(event, (_results.images.TransferStatus, Waiting)):
                text = waits(event) if isinstance(event, Waiting) else event.message
                shown.console.print(printable(text, keep="\n"), markup=False, highlight=False)
                return
            name = event.id if isinstance(event, _results.images.LayerProgress) else "archive"
            status = event.status if isinstance(event, _results.images.LayerProgress) else ""
            if name not in tasks:
                if len(tasks) >= MAX_BARS:
                    return
                tasks[name] = shown.add_task(printable(name), total=None)
            total = event.total if event.total >= 0 else None
            text = printable(f"{name} {status}")
            shown.update(tasks[name], description=text, completed=event.done, total=total, refresh=redraws)

        yield draw


def waits(event: Waiting) -> str:
    """Return the line that says so."""
    return f"Waiting for a place in the fleet: {event.reason}"


def image_listener(on_progress: Callable[[Any], object] | None) -> EventListener | None:
    """Return a listener that turns a transfer's events into calls of ``on_progress``."""
    if on_progress is None:
        return None
    callback = on_progress

    def listen(event: events.ImageEvent | events.OperationEvent) -> None:
        if (made := image_event(event)) is not None:
            callback(made)

    return listen


def image_event(event: events.ImageEvent | events.OperationEvent) -> ImageEvent | Waiting | None:
    """Return a transfer's event in the form that users get."""
    if event["event"] == "layer":
        return _results.images.LayerProgress(event["id"], event["status"], event["done"], event["total"])
    if event["event"] == "status":
        return _results.images.TransferStatus(event["message"])
    if event["event"] == "waiting":
        return Waiting(event["reason"])
    if event["event"] == "progress":
        return Progress(event["done"], event["total"], event["files"])
    return None
