"""Ctrl-C and other ways to end a program that runs containers."""

from __future__ import annotations

import signal

import pytest

from .support.bed import Engine
from .support.names import Names
from .support.program import started
from .support.wait import DEADLINE, until

pytestmark = pytest.mark.connections("local")

PROGRAM = """
import asyncio, signal, sys
from ml_nexus_go import connect

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background

async def main(host, image, name, box):
    async with connect(host) as client:
        def ready(data):
            print("ready", flush=True)
        work = [
            client.run_container(image, "echo; sleep 31112", ["--rm", "--name", name], shell=True, on_stdout=ready),
            client.exec_container(box, "echo; sleep 31112 & sleep 31112", shell=True, on_stdout=ready),
        ]
        await asyncio.gather(*work)

asyncio.run(main(*sys.argv[1:]))
"""


def sleepers(engine: Engine, container: str) -> list[str]:
    rows = engine.api_get(f"/containers/{container}/top")["Processes"]
    return [row[-1] for row in rows if "31112" in row[-1]]


async def test_ctrl_c_leaves_nothing(engine: Engine, image: str, container: str, name: Names) -> None:
    mine = name()
    with started(PROGRAM, engine.host, image, mine, container) as program:
        assert program.stdout is not None
        assert [program.stdout.readline(), program.stdout.readline()] == ["ready\n", "ready\n"]
        assert sleepers(engine, container)
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=DEADLINE)
    assert "KeyboardInterrupt" in errors
    assert "Exception ignored" not in errors
    assert program.returncode == -signal.SIGINT
    assert not engine.docker("ps", "-aq", "--filter", f"name={mine}").stdout
    assert sleepers(engine, container) == []


async def test_ctrl_c_twice_leaves_nothing(engine: Engine, image: str, container: str, name: Names) -> None:
    """The second one comes as soon as the first has begun to end things: from here, it might come after that."""
    mine = name()
    source = """
import asyncio, signal
from ml_nexus_go._abi.queue import Queue
cancel = Queue.cancel

def again(self, operation):
    Queue.cancel = cancel
    cancel(self, operation)
    asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)

Queue.cancel = again
"""
    with started(source + PROGRAM, engine.host, image, mine, container) as program:
        assert program.stdout is not None
        assert [program.stdout.readline(), program.stdout.readline()] == ["ready\n", "ready\n"]
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=DEADLINE)
    assert "KeyboardInterrupt" in errors
    assert "Exception ignored" not in errors
    assert program.returncode == -signal.SIGINT
    assert not engine.docker("ps", "-aq", "--filter", f"name={mine}").stdout
    assert sleepers(engine, container) == []


async def test_an_uncaught_exception_leaves_nothing(engine: Engine, image: str, container: str, name: Names) -> None:
    mine = name()
    source = PROGRAM.replace("await asyncio.gather(*work)", "await asyncio.gather(*work, fail())").replace(
        "async def main", "async def fail():\n    await asyncio.sleep(2)\n    raise ZeroDivisionError\n\nasync def main"
    )
    with started(source, engine.host, image, mine, container) as program:
        _, errors = program.communicate(timeout=DEADLINE)
    assert "ZeroDivisionError" in errors
    await until(lambda: not sleepers(engine, container), "the end of the exec's processes")
    await until(lambda: not engine.docker("ps", "-aq", "--filter", f"name={mine}").stdout, "the container's removal")
