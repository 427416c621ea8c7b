"""Signals that arrive while the library's threads run."""

from __future__ import annotations

import signal
import subprocess
import sys

from .support.wait import DEADLINE

PROGRAM = """
import asyncio, os, re, signal, threading, time
from ml_nexus_go import EngineUnreachable, connect

async def main():
    async with connect("unix:///nowhere/docker.sock") as client:
        try:
            await client.ping()
        except EngineUnreachable:
            print("unreachable")

asyncio.run(main())
pythons = {str(thread.native_id) for thread in threading.enumerate()}

def masks():
    found = []
    for thread in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{thread}/status") as status:
                blocked = int(re.search(r"SigBlk:\\s*(\\S+)", status.read())[1], 16)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        found.append(("python" if thread in pythons else "go", blocked))
    return found

# A thread that begins, and the one that begins it, block everything for a moment.
end, found = time.monotonic() + 60, masks()
while any(blocked & 1 << signal.SIGSEGV - 1 for _, blocked in found) and time.monotonic() < end:
    time.sleep(0.01)
    found = masks()
for kind, blocked in found:
    print(kind, blocked)
"""


def test_only_threads_of_python_take_signals() -> None:
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, check=True, timeout=DEADLINE
    )
    first, *threads = said.stdout.splitlines()
    assert first == "unreachable"
    masks: dict[str, list[int]] = {"python": [], "go": []}
    for line in threads:
        kind, mask = line.split()
        masks[kind].append(int(mask))
    handled = sum(1 << (number - 1) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1))
    own = sum(1 << (number - 1) for number in (signal.SIGSEGV, signal.SIGURG, signal.SIGPROF, signal.SIGPIPE))
    assert masks["python"] == [0]
    assert len(masks["go"]) >= 3
    assert {mask & handled for mask in masks["go"]} == {handled}
    assert {mask & own for mask in masks["go"]} == {0}
