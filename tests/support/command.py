"""The command line in a process of its own, also on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from .bed import Engine
from .wait import DEADLINE

WORDS = (sys.executable, "-m", "ml_nexus_go.cli")


class Cli:
    """Runs the command for an engine."""

    def __init__(self, engine: Engine) -> None:
        settings = engine.settings()
        more = ["--ssh-config", str(settings["ssh_config"])] if settings else []
        self.words = [*WORDS, *more, "--host", engine.target]

    def __call__(self, *words: str | Path, stdin: bytes = b"", code: int = 0) -> tuple[str, str]:
        """Run it and return what it printed."""
        argv = [*self.words, *map(str, words)]
        done = subprocess.run(argv, input=stdin, capture_output=True, check=False, timeout=DEADLINE)
        assert done.returncode == code, done
        return done.stdout.decode(), done.stderr.decode()

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*self.words, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Terminal:
    """The command on a terminal of its own."""

    def __init__(self, words: list[str], rows: int = 24, columns: int = 80) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Here: the command may look at it before this process goes on.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.environ.update(TERM="xterm", COLUMNS="", LINES="")
            os.execv(words[0], words)
        self.seen = b""

    def until(self, text: bytes) -> None:
        """Read until a text was printed."""
        end = time.monotonic() + DEADLINE
        while text not in self.seen:
            ready, _, _ = select.select([self.fd], [], [], max(end - time.monotonic(), 0))
            assert ready, self.seen
            try:
                self.seen += os.read(self.fd, 65536)
            except OSError:
                raise AssertionError(self.seen) from None

    def type(self, keys: bytes) -> None:
        os.write(self.fd, keys)

    def end(self) -> int:
        """Read to the end and return the exit code."""
        try:
            while data := os.read(self.fd, 65536):
                self.seen += data
        except OSError:  # the end
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)
