"""Doing a command's work: a client, an event loop, and an exit code as docker's."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

import click

from .. import CommandFailed, DockerClient, DockerError, HostKeyUnknown, InvalidArgument, connect
from .._display.printable import printable
from .printing.template import Fields, Format, FormatError, read
from .questions import ENDING, accepted, may_ask, passphrase

T = TypeVar("T")

INTERRUPTED = 130
BROKEN_PIPE = 141

connect_timeout_option: Callable[[Callable[..., object]], Callable[..., object]] = click.option(
    "--connect-timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the host's name, its port, and its engine.",
)


class Session:
    """What the global options say."""

    def __init__(self, target: str | None, ssh_config: str | None, connect_timeout: float) -> None:
        self.target = target
        self.ssh_config = ssh_config
        self.connect_timeout = connect_timeout

    def client(self, target: str | None = None) -> DockerClient:
        """Return a client for a target; without one, for that of ``--host``."""
        asks = passphrase if may_ask() else None
        return connect(
            target or self.target, ssh_config=self.ssh_config, passphrase=asks, connect_timeout=self.connect_timeout
        )

    def do(self, work: Callable[[DockerClient], Awaitable[T]], *, failure: int = 1) -> T:
        """Do work with a client and return its result. An error is printed, and exits with ``failure``."""

        async def connected() -> T:
            async with self.client() as client:
                return await work(client)

        return self.run(connected, failure=failure)

    def run(self, work: Callable[[], Awaitable[T]], *, failure: int = 1) -> T:
        """Do work on an event loop, as ``do`` does."""
        interrupted = INTERRUPTED

        def end(task: asyncio.Task[Any], number: int) -> None:
            nonlocal interrupted
            interrupted = 128 + number
            task.cancel()

        async def awaited() -> T:
            task = asyncio.current_task()
            assert task is not None
            for number in ENDING:
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                    asyncio.get_running_loop().add_signal_handler(number, end, task, number)
            return await work()

        try:
            while True:
                try:
                    return asyncio.run(awaited())
                except HostKeyUnknown as unknown:  # nothing was done there
                    if not accepted(unknown):
                        raise
        except CommandFailed as error:
            fail(error, error.exit_code)
        except InvalidArgument as error:
            fail(error, 125 if failure != 1 else 1)
        except DockerError as error:
            fail(error, failure)
        except BrokenPipeError:
            _silence()
            sys.exit(BROKEN_PIPE)
        except (KeyboardInterrupt, asyncio.CancelledError):
            _silence()
            sys.exit(interrupted)
        raise AssertionError("not reached")


def fail(error: DockerError | str, code: int) -> NoReturn:
    """Print an error and exit."""
    message = error.message if isinstance(error, DockerError) else error
    shown = printable(message, keep="\n\t")
    click.echo(f"ml-nexus-go: {shown}", err=True)
    sys.exit(code)


def format_of(given: str | None, usual: str, fields: Fields, as_json: bool, code: int = 1) -> Format:
    """Read what --format says; without it, ``usual``. Exit with ``code``, as docker does, where it is wrong."""
    if given and as_json:
        raise click.UsageError("--json and --format do not go together: docker's fields are in --format json")
    try:
        return read(usual if given in (None, "", "table") and usual else given or "", fields)
    except FormatError as error:
        fail(f"--format: {error}", code)


def exit_with(code: int) -> None:
    """Exit as the process did, once everything is printed."""
    sys.stdout.flush()
    sys.exit(code)


def _silence() -> None:
    """Keep the interpreter from reporting at its end that nobody reads."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
