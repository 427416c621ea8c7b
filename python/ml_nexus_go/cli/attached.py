"""A process in a container, attached to this terminal as docker's command attaches it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .. import ContainerProcess, DockerError

_BLOCK = 64 << 10
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


async def attached(process: ContainerProcess, *, forward_signals: bool) -> int:
    """Pass on input, output, the terminal's size and signals until the process ends; return its exit code."""
    loop = asyncio.get_running_loop()
    with _raw(process), _sizes(process, loop), _signals(process, loop, forward_signals):
        if process.stdin is not None:
            _Input(process, loop).start()
        await asyncio.gather(_copy(process.stdout, sys.stdout.fileno()), _copy(process.stderr, sys.stderr.fileno()))
        return await process.wait()


async def _copy(reader: asyncio.StreamReader, to: int) -> None:
    while data := await reader.read(_BLOCK):
        await asyncio.to_thread(_write, to, data)


def _write(to: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(to, left) :]


class _Input:
    """Reads stdin in a thread: nothing else can read a terminal, a pipe and a file."""

    def __init__(self, process: ContainerProcess, loop: asyncio.AbstractEventLoop) -> None:
        self._process, self._loop = process, loop

    def start(self) -> None:
        """Begin. The thread ends with the program: it may wait for a key for ever."""
        threading.Thread(target=self._run, name="stdin", daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError, RuntimeError, BrokenPipeError):  # the program ends
            while data := os.read(sys.stdin.fileno(), _BLOCK):
                asyncio.run_coroutine_threadsafe(self._pass_on(data), self._loop).result()
            self._loop.call_soon_threadsafe(self._end)

    async def _pass_on(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        await self._process.stdin.drain()

    def _end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()


@contextmanager
def _raw(process: ContainerProcess) -> Iterator[None]:
    """Let the container's terminal do what this one does otherwise, and restore this one whatever happens."""
    fd = sys.stdin.fileno()
    if not (process.tty and process.stdin is not None and os.isatty(fd)):
        yield
        return
    before = termios.tcgetattr(fd)
    try:
        tty.setraw(fd, termios.TCSANOW)
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


@contextmanager
def _sizes(process: ContainerProcess, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    if not (process.tty and sys.stdout.isatty()):
        yield
        return
    resizing: set[asyncio.Task[None]] = set()

    async def resize() -> None:
        columns, rows = shutil.get_terminal_size()
        with suppress(DockerError):  # it has ended
            await process.resize(rows, columns)

    def changed() -> None:
        task = loop.create_task(resize())
        resizing.add(task)
        task.add_done_callback(resizing.discard)

    loop.add_signal_handler(signal.SIGWINCH, changed)
    changed()
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGWINCH)


@contextmanager
def _signals(process: ContainerProcess, loop: asyncio.AbstractEventLoop, forward: bool) -> Iterator[None]:
    """Send signals on to the process. The third Ctrl-C ends the command, and the process with it."""
    if not forward:
        yield
        return
    task = asyncio.current_task()
    assert task is not None
    interrupts = 0
    sending: set[asyncio.Task[None]] = set()

    async def send(number: int) -> None:
        with suppress(DockerError):  # it has ended
            await process.send_signal(number)

    def arrived(number: signal.Signals) -> None:
        nonlocal interrupts
        interrupts += number == signal.SIGINT
        if interrupts == 3:
            task.cancel()
            return
        sent = loop.create_task(send(number))
        sending.add(sent)
        sent.add_done_callback(sending.discard)

    for number in _FORWARDED:
        loop.add_signal_handler(number, arrived, number)
    try:
        yield
    finally:
        for number in _FORWARDED:
            loop.remove_signal_handler(number)
