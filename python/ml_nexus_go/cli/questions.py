"""What is asked on a terminal, and on a terminal only: passphrases, and unknown keys of hosts."""

from __future__ import annotations

import getpass
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from .. import HostKeyUnknown
from .._display.printable import printable

# They end the work as Ctrl-C does, and a terminal is restored.
ENDING = (signal.SIGTERM, signal.SIGHUP)


def may_ask() -> bool:
    """Report whether somebody can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def passphrase(key: str) -> str | None:
    """Ask for the passphrase of a key; None skips it."""
    with _ended_by_signals():
        try:
            return getpass.getpass(f"Passphrase for {printable(key)} (empty skips it): ") or None
        except EOFError:
            return None


def accepted(unknown: HostKeyUnknown) -> bool:
    """Ask whether a host's key is the right one, as ssh does, and remember it then."""
    line, file = unknown.details.get("known_hosts_line"), unknown.details.get("known_hosts_file")
    if not (line and file and may_ask()):
        return False
    host, fingerprint = (printable(str(unknown.details.get(name, ""))) for name in ("host", "fingerprint"))
    click.echo(f"The authenticity of the host {host} cannot be established: its key is {fingerprint}.", err=True)
    with _ended_by_signals():
        click.echo("Connect, and remember this key (yes/no)? ", nl=False, err=True)
        if sys.stdin.readline().strip().lower() != "yes":
            return False
    _remember(Path(str(file)), str(line))
    click.echo(f"Added {host} to {printable(str(file))}.", err=True)
    return True


def _remember(file: Path, line: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as known:
        known.seek(0)
        ends = known.read()[-1:] in (b"", b"\n")
        known.write((b"" if ends else b"\n") + line.encode() + b"\n")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let signals end a question: it stops the event loop, which would take them."""
    ending = [number for number in (signal.SIGINT, *ENDING) if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, signal.default_int_handler) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
