"""Systemd's socket activation: give a listener to a program as its file descriptor 3.

Run as a script: activate.py FD PROGRAM ARGS...
"""

from __future__ import annotations

import os
import sys


def main(fd: int, argv: list[str]) -> None:
    if fd != 3:
        os.dup2(fd, 3)
        os.close(fd)
    os.execvpe(argv[0], argv, {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
