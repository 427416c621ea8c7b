"""A table of what containers and GPUs use, redrawn every second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .. import GPU, DockerError
from .._display.printable import printable
from .printing.output import size

# Seconds without a sample, after which a container has ended.
_GONE = 5.0
# Seconds between two questions about GPUs: each starts a program on the host.
_PAUSE = 5.0

GPU_TITLES = ("HOST", "GPU", "NAME", "UTIL %", "MEM USAGE / TOTAL", "PROCESSES")

Row = Callable[[str, Any], Sequence[object]]


def gpu_row(host: str, one: GPU) -> list[str]:
    """Return a GPU's line. What the host does not tell is empty."""
    used = "" if one.memory_used is None else f"{size(one.memory_used)} / {size(one.memory_total)}"
    utilization = "" if one.utilization is None else f"{one.utilization}%"
    index = one.device if one.index is None else str(one.index)
    processes = ", ".join(f"{process.name} ({process.pid})" for process in one.processes or ())
    return [host, index, one.name or "", utilization, used, processes]


async def show(
    samples: Mapping[str, AsyncIterator[Any]],
    titles: Sequence[str],
    row: Row,
    gpus: Mapping[str, Callable[[], Awaitable[list[GPU]]]] | None = None,
) -> None:
    """Show the last sample of each container until all iterators have ended, and each host's GPUs."""
    loop = asyncio.get_running_loop()
    board = _Board(titles, row)
    following = [loop.create_task(board.follow(host, ones)) for host, ones in samples.items()]
    asking = [loop.create_task(board.ask(host, ask)) for host, ask in (gpus or {}).items()]
    try:
        console = Console()
        with Live(board.drawn(console.width), console=console, auto_refresh=False, screen=False) as view:
            while not all(task.done() for task in following):
                await asyncio.wait(following, timeout=1)
                view.update(board.drawn(console.width), refresh=True)
    finally:
        for task in (*following, *asking):
            task.cancel()
        await asyncio.gather(*following, *asking, return_exceptions=True)


class _Board:
    """What is known of each host."""

    def __init__(self, titles: Sequence[str], row: Row) -> None:
        self._titles, self._row = titles, row
        self._shown: dict[tuple[str, str], tuple[float, Any]] = {}
        self._gpus: dict[str, list[GPU]] = {}
        self._problems: dict[str, str] = {}
        self._now = asyncio.get_running_loop().time

    async def follow(self, host: str, samples: AsyncIterator[Any]) -> None:
        """Take the samples of a host."""
        try:
            async for one in samples:
                self._shown[host, one.id] = (self._now(), one)
        except DockerError as error:
            self._problems[host] = printable(error.message)

    async def ask(self, host: str, ask: Callable[[], Awaitable[list[GPU]]]) -> None:
        """Ask for the GPUs of a host again and again."""
        while True:
            try:
                self._gpus[host] = await ask()
            except DockerError as error:
                self._problems.setdefault(host, printable(error.message))
                return
            await asyncio.sleep(_PAUSE)

    def drawn(self, width: int) -> Group:
        """Return the tables, for a terminal with so many columns."""
        for key in [key for key, (seen, _) in self._shown.items() if self._now() - seen > _GONE]:
            del self._shown[key]
        ordered = sorted(self._shown.items(), key=lambda item: (item[0][0], item[1][1].name))
        rows = [self._row(host, one) for (host, _), (_, one) in ordered]
        tables: list[Table | Text] = [_table(self._titles, rows, width)]
        tables += [Text(f"{printable(host)}: {problem}") for host, problem in self._problems.items()]
        gpus = [gpu_row(host, one) for host, ones in self._gpus.items() for one in ones]
        return Group(*tables, "", _table(GPU_TITLES, gpus, width)) if gpus else Group(*tables)


# What a narrow terminal leaves out, first things first. What is not named here always stays.
_LEAVE_OUT = ("PIDS", "BLOCK I/O", "NET I/O", "PROCESSES", "CONTAINER ID", "MEM %", "MEM USAGE / TOTAL")
# Names are shortened, down to so many characters, before a column is left out. Figures never are.
_NAMES = ("HOST", "NAME", "PROCESSES")
_SHORTEST = 6
_GAP = 2


def fitting(titles: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> dict[int, int]:
    """Return the columns that a terminal has room for, by their places, and how wide each is."""
    full = [max(map(len, (title, *(row[at] for row in rows)))) for at, title in enumerate(titles)]
    least = [min(size, _SHORTEST) if titles[at] in _NAMES else size for at, size in enumerate(full)]
    kept = list(range(len(titles)))
    for title in _LEAVE_OUT:
        if _together(least, kept) <= width:
            break
        kept = [at for at in kept if titles[at] != title]
    room = width - _together(least, kept)
    widths = {at: least[at] for at in kept}
    names = sorted((at for at in kept if full[at] > least[at]), key=lambda at: full[at])
    for done, at in enumerate(names):
        more = max(min(full[at] - least[at], room // (len(names) - done)), 0)
        widths[at] += more
        room -= more
    return widths


def _together(widths: Sequence[int], kept: Sequence[int]) -> int:
    return sum(widths[at] + _GAP for at in kept) - _GAP


def _table(titles: Sequence[str], rows: Sequence[Sequence[object]], width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    shown = [[printable(str(cell)) for cell in row] for row in rows]
    widths = fitting(titles, shown, width)
    for at, size_of in widths.items():
        table.add_column(titles[at], overflow="ellipsis", no_wrap=True, width=size_of)
    for row in shown:
        table.add_row(*(row[at] for at in widths))
    return table
