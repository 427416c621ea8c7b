"""How far a transfer is: a callback of the user's, or a bar on the terminal."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .._calls.operation import EventListener
from .._errors import InvalidArgument
from .._results.progress import Progress
from .printable import printable

if TYPE_CHECKING:
    from .._wire.generated.events import TransferEvent

ProgressCallback = Callable[[Progress], object]
ProgressOption = ProgressCallback | bool | None


@contextmanager
def reporting(progress: ProgressOption, label: str) -> Iterator[ProgressCallback | None]:
    """Yield the function to call with each Progress, or None if nobody listens.

    ``progress`` is a function, or True for a bar on stderr, which is drawn only if
    that is a terminal. The bar needs rich.
    """
    if progress is None or progress is False:
        yield None
    elif callable(progress):
        yield progress
    elif progress is True:
        with bar(label) as draw:
            yield draw
    else:
        raise InvalidArgument(f"progress must be a function, True or None, not {type(progress).__name__}")


@contextmanager
def bar(label: str) -> Iterator[ProgressCallback | None]:
    """Draw a bar for one transfer; it stays when the transfer has ended."""
    rich, console = rich_console()
    if not console.is_terminal:
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
    with rich.Progress(*columns, console=console) as shown:
        task = shown.add_task(printable(label), total=None, files="")

        def draw(at: Progress) -> None:
            total = at.total if at.total >= 0 else None
            files = f"{at.files} files" if at.files != 1 else "1 file"
            shown.update(task, completed=at.done, total=total, files=files)

        yield draw


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
