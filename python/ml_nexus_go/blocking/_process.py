"""A running process in a container, in the style of subprocess.Popen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .. import _calls
    from .._calls.stdin import BytesLike
    from ._loop_thread import LoopThread

T = TypeVar("T")


class OutputReader:
    """Reads stdout or stderr, as asyncio.StreamReader does, but blocks."""

    def __init__(self, thread: LoopThread, reader: asyncio.StreamReader) -> None:
        self._thread, self._reader = thread, reader

    def read(self, n: int = -1) -> bytes:
        """Return up to ``n`` bytes as soon as there are some; without ``n``, everything; b"" at the end."""
        return self._thread.call(lambda: self._reader.read(n))

    def readline(self) -> bytes:
        """Return a line with its newline; the last one may have none; b"" at the end."""
        return self._thread.call(self._reader.readline)

    def readexactly(self, n: int) -> bytes:
        """Return ``n`` bytes, or raise asyncio.IncompleteReadError."""
        return self._thread.call(lambda: self._reader.readexactly(n))

    def readuntil(self, separator: bytes = b"\n") -> bytes:
        """Return what comes up to a separator, with it."""
        return self._thread.call(lambda: self._reader.readuntil(separator))

    def at_eof(self) -> bool:
        """Return whether everything was read."""
        return self._reader.at_eof()

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line


class ProcessStdin:
    """Writes to a process, as a binary file does.

    After the process has ended, writing raises BrokenPipeError.
    """

    def __init__(self, thread: LoopThread, stdin: _calls.stdin.ProcessStdin) -> None:
        self._thread, self._stdin = thread, stdin

    def write(self, data: BytesLike) -> None:
        """Send bytes. Waits while the process has more than a quarter of a mebibyte to read."""

        async def write() -> None:
            self._stdin.write(data)
            await self._stdin.drain()

        self._thread.call(write)

    def writelines(self, parts: Iterable[BytesLike]) -> None:
        """Send several parts."""
        self.write(b"".join(parts))

    def close(self) -> None:
        """Close stdin. The process keeps running and may still print."""
        self._do(self._stdin.close)

    def write_eof(self) -> None:
        """Do what ``close`` does."""
        self.close()

    def is_closing(self) -> bool:
        """Return whether stdin was closed or the process has ended."""
        return self._stdin.is_closing()

    def _do(self, work: Callable[[], T]) -> T:
        async def done() -> T:
            return work()

        return self._thread.call(done)

    def __enter__(self) -> ProcessStdin:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class ContainerProcess:
    """The process of a run or an exec.

    Read both ``stdout`` and ``stderr``, or use ``communicate``: a full one slows the process.
    With a terminal, all output arrives on ``stdout``. ``stdin`` is None if the process has
    none. As a context manager, it ends the process at the end of the block.
    """

    def __init__(self, thread: LoopThread, process: _calls.process.ContainerProcess) -> None:
        self._thread, self._process = thread, process
        self.stdin: ProcessStdin | None = None if process.stdin is None else ProcessStdin(thread, process.stdin)
        self.stdout: OutputReader = OutputReader(thread, process.stdout)
        self.stderr: OutputReader = OutputReader(thread, process.stderr)
        self.container_id: str = process.container_id
        self.exec_id: str = process.exec_id
        self.tty: bool = process.tty

    @property
    def returncode(self) -> int | None:
        """The exit code; None while the process runs, or if its end is unknown."""
        return self._process.returncode

    @property
    def warnings(self) -> tuple[str, ...]:
        """The engine's warnings so far."""
        return self._process.warnings

    def wait(self) -> int:
        """Wait for the end and return the exit code. Ctrl-C only ends the wait."""
        return self._thread.call(self._process.wait)

    def communicate(self, data: BytesLike | None = None) -> tuple[bytes, bytes]:
        """Send ``data`` and EOF, read stdout and stderr to their ends, and wait.

        An error has what was read in ``stdout_bytes`` and ``stderr_bytes``.
        """
        return self._thread.call(lambda: self._process.communicate(data))

    def send_signal(self, signal: str | int) -> None:
        """Send a signal, by name or number, to the process (of an exec: and its children)."""
        self._thread.call(lambda: self._process.send_signal(signal))

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal("SIGTERM")

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal("SIGKILL")

    def resize(self, rows: int, columns: int) -> None:
        """Set the terminal's size, in characters."""
        self._thread.call(lambda: self._process.resize(rows, columns))

    def cancel(self) -> None:
        """End the process and wait until nothing of it is left."""
        self._thread.call(self._process.cancel)

    def __enter__(self) -> ContainerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.cancel()
