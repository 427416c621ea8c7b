"""``run``: bring parts up, run a command that uses them, and take down what was started."""

from __future__ import annotations

import os
import signal
import subprocess
from types import FrameType

from . import bed, root
from .errors import TestbedError
from .paths import repo_root, state_file


def _privileged(arguments: list[str]) -> int:
    # Its own session: Ctrl-C at the terminal must reach it through us, never while it takes parts down.
    child = subprocess.Popen(
        root.command(arguments), cwd=repo_root(), stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return child.wait()
    except BaseException:
        try:
            child.terminate()
        except PermissionError:
            pass  # sudo belongs to root: it goes on to its end, and what it started is released then
        child.wait()
        raise


class _Stopped(BaseException):
    """SIGTERM, SIGINT or SIGHUP arrived before the command was started."""


def run(parts: list[str], argv: list[str]) -> int:
    """Run the command as the caller; return its exit code (128 + signal if a signal ended it)."""
    user = bed.user_of(os.getpid())
    child: subprocess.Popen[bytes] | None = None

    def forward(number: int, frame: FrameType | None) -> None:
        if child is None:
            raise _Stopped(number)
        if number != signal.SIGINT:  # the terminal sends Ctrl-C to the command itself
            child.send_signal(number)

    caught = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.signal(number, forward) for number in caught]
    try:
        if _privileged(["up", "--user", user, *parts]) != 0:
            raise TestbedError("not every part came up")
        environ = {**os.environ, "MLNG_TESTBED": str(state_file())}
        try:
            child = subprocess.Popen(argv, env=environ)
        except OSError as err:
            raise TestbedError(f"{argv[0]}: {err.strerror}") from err
        code = child.wait()
        return code if code >= 0 else 128 - code
    except _Stopped as stopped:
        return 128 + int(stopped.args[0])
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_IGN)
        _privileged(["release", user])
        for number, handler in zip(caught, before, strict=True):
            signal.signal(number, handler)
