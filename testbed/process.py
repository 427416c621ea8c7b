"""Daemons: started once, identified by pid and start time, reliably ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import TestbedError
from .log import tail


def run(argv: Sequence[str], *, cwd: Path | None = None, env: dict[str, str] | None = None, stdin: str = "") -> str:
    """Run a command to its end and return its stdout; raise TestbedError with its stderr if it fails."""
    try:
        done = subprocess.run(argv, cwd=cwd, env=env, input=stdin, capture_output=True, text=True, check=False)
    except FileNotFoundError as err:
        raise TestbedError(f"{argv[0]} is not installed ({err})") from err
    if done.returncode != 0:
        last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-15:])
        raise TestbedError(f"{' '.join(argv)} failed with exit code {done.returncode}:\n{last}")
    return done.stdout


def start_time(pid: int) -> str:
    """Return the kernel's start time of a process, or '' if it is gone or a zombie.

    While other threads of it still end, its first one is a zombie, but its files and ports are in use.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    state, threads, started = fields[0], int(fields[17]), fields[19]
    return "" if state == "Z" and threads <= 1 else started


def record(pid_file: Path, pid: int) -> None:
    pid_file.write_text(f"{pid} {start_time(pid)}\n")


def recorded(pid_file: Path) -> int:
    """Return the pid in the file if that very process still runs, otherwise 0."""
    try:
        pid, _, started = pid_file.read_text().strip().partition(" ")
    except OSError:
        return 0
    return int(pid) if started and start_time(int(pid)) == started else 0


def spawn(
    argv: Sequence[str],
    *,
    folder: Path,
    name: str,
    env: dict[str, str] | None = None,
    keep_fds: Sequence[int] = (),
) -> int:
    """Start a daemon that outlives this program; NAME.log and NAME.pid go into the folder."""
    with open(folder / f"{name}.log", "ab") as out:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            cwd="/",
            env=env,
            pass_fds=keep_fds,
        )
    record(folder / f"{name}.pid", child.pid)
    return child.pid


def alive(pid: int) -> bool:
    """Return whether the process runs; reap it if it is a child that ended."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
    return start_time(pid) != ""


def wait_until(ready: Callable[[], bool], seconds: float) -> bool:
    """Poll until ready, at most for so many seconds."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def wait_ready(pid: int, ready: Callable[[], bool], *, what: str, log: Path, seconds: float = 60) -> None:
    """Wait for a daemon's answer; raise TestbedError with its log's last lines if it ends or stays silent."""
    wait_until(lambda: ready() or not alive(pid), seconds)
    if not alive(pid):
        raise TestbedError(f"{what} ended at once; the last lines of {log}:\n{tail(log)}")
    if not ready():
        raise TestbedError(f"{what} did not answer within {seconds:.0f} s; the last lines of {log}:\n{tail(log)}")


def end(pid_file: Path, *, gently: bool = True, seconds: float = 20) -> None:
    """End the recorded process by SIGTERM, then SIGKILL after so many seconds, and forget it."""
    pid = recorded(pid_file)
    for sig, wait in ((signal.SIGTERM, seconds), (signal.SIGKILL, 10.0))[0 if gently else 1 :]:
        if not pid or not alive(pid):
            break
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            break
        wait_until(lambda: not alive(pid), wait)
    if pid and alive(pid):
        raise TestbedError(f"process {pid} of {pid_file} has not ended 10 s after SIGKILL")
    pid_file.unlink(missing_ok=True)


def end_with_argument(text: str) -> None:
    """Kill every process that has the text as one of its arguments (a path of the run directory)."""
    for proc in Path("/proc").iterdir():
        if proc.name.isdigit() and int(proc.name) != os.getpid():
            try:
                arguments = (proc / "cmdline").read_bytes().split(b"\0")
                if text.encode() in arguments:
                    os.kill(int(proc.name), signal.SIGKILL)
            except OSError:
                continue


def descendants(pid: int) -> list[int]:
    """Return every descendant of a process."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
