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
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress

from .. import ContainerProcess, DockerError
from .detach_keys import DetachKeys

_BLOCK = 64 << 10
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


async def attached(process: ContainerProcess, *, forward_signals: bool, keys: DetachKeys | None = None) -> int:
    """Pass on input, output, the terminal's size and signals until the process ends; return its exit code.

    With ``keys``, it returns 0 when these are typed.
    """
    loop = asyncio.get_running_loop()
    with _raw(process), _sizes(process, loop) as first_size, _signals(process, loop, forward_signals):
        detached = loop.create_future()
        ended = loop.create_task(_output(process))
        try:
            await first_size  # what is typed must find a terminal of this one's size
            if process.stdin is not None:
                _Input(process, loop, keys if process.tty else None, detached).start()
            await asyncio.wait((ended, detached), return_when=asyncio.FIRST_COMPLETED)
            return await ended if ended.done() else 0
        finally:
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)


async def _output(process: ContainerProcess) -> int:
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

    def __init__(
        self,
        process: ContainerProcess,
        loop: asyncio.AbstractEventLoop,
        keys: DetachKeys | None,
        detached: asyncio.Future[None],
    ) -> None:
        self._process, self._loop = process, loop
        self._keys, self._detached = keys, detached

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
        if self._keys is not None:
            data, detached = self._keys.take(data)
            if detached and not self._detached.done():
                self._detached.set_result(None)
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
        with suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(fd, termios.TCSADRAIN, before)


@contextmanager
def _sizes(process: ContainerProcess, loop: asyncio.AbstractEventLoop) -> Iterator[Awaitable[None]]:
    """Keep the size of the container's terminal that of this one; yield what waits for the first time."""
    if not (process.tty and sys.stdout.isatty()):
        yield asyncio.sleep(0)
        return
    resizing: set[asyncio.Task[None]] = set()

    async def resize() -> None:
        columns, rows = shutil.get_terminal_size()
        with suppress(DockerError):  # it has ended
            await process.resize(rows, columns)

    def changed() -> asyncio.Task[None]:
        task = loop.create_task(resize())
        resizing.add(task)
        task.add_done_callback(resizing.discard)
        return task

    loop.add_signal_handler(signal.SIGWINCH, changed)
    try:
        yield changed()
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
