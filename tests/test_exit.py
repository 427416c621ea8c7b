"""Programs that exit without closing their clients: their work ends with them."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from pathlib import Path

import pytest

from ml_nexus_go import DockerClient
from ml_nexus_go._abi.program_end import EXIT_TIME

from .support.bed import Engine, part
from .support.names import Names
from .support.program import ROOT, python, started
from .support.wait import DEADLINE

pytestmark = pytest.mark.by_turns

# A busy engine takes longer than a program waits at its end.
HEAD = f"""
import asyncio, os, signal, sys, threading, time
from ml_nexus_go import connect
from ml_nexus_go._abi import program_end

program_end.EXIT_TIME = {DEADLINE / 2}
"""
HEAD += """

TARGET, CONFIG, IMAGE, NAME, BOX = sys.argv[1:]
up = threading.Semaphore(0)

def client_of():
    return connect(TARGET, ssh_config=CONFIG or None)

def ready(data):
    print("up", flush=True)
    up.release()  # afterwards: a program that forks meanwhile would have its stdout locked for ever

async def work(client):
    await asyncio.gather(
        client.run_container(IMAGE, "echo; exec sleep 31116", ["--rm", "--name", NAME], shell=True, on_stdout=ready),
        client.exec_container(BOX, "echo; sleep 31116 & exec sleep 31116", shell=True, on_stdout=ready),
    )

def wait():
    up.acquire()
    up.acquire()
"""

DAEMON = """
def run():
    try:
        asyncio.run(work(client_of()))
    except BaseException:
        pass  # it is told that its client was closed

threading.Thread(target=run, daemon=True).start()
wait()
"""

UNCLOSED = """
import warnings
warnings.simplefilter("ignore", ResourceWarning)

async def begin():
    global client
    client = client_of()
    asyncio.ensure_future(work(client))
    await asyncio.to_thread(wait)

loop = asyncio.new_event_loop()
loop.run_until_complete(begin())
"""

FORGOTTEN = """
import warnings
warnings.simplefilter("ignore", ResourceWarning)

async def begin():
    client = client_of()
    await client.start_run(IMAGE, ["sleep", "31116"], ["--rm", "--name", NAME])
    await client.start_exec(BOX, ["sleep", "31116"])

asyncio.run(begin())
"""

CHILD = """
import multiprocessing

def child():
    exec(DAEMON, globals())

process = multiprocessing.get_context("fork").Process(target=child)
process.start()
process.join()
"""


def arguments(engine: Engine, image: str, name: str, box: str) -> list[str]:
    config = str(part("sshd")["ssh_config"]) if engine.connection == "ssh" else ""
    return [engine.target, config, image, name, box]


def sleepers(engine: Engine, container: str) -> list[str]:
    rows = engine.api_get(f"/containers/{container}/top")["Processes"]
    return [row[-1] for row in rows if "31116" in row[-1]]


def left(engine: Engine, name: str, box: str) -> list[str]:
    """Return what is left right after the program has ended."""
    return sleepers(engine, box) + engine.docker("ps", "-aq", "--filter", f"name={name}").stdout.split()


@pytest.mark.parametrize(
    "end",
    ["", "sys.exit(3)", "1 / 0", "sys.exit(client_of())"],
    ids=["the end of the file", "sys.exit", "an exception", "an exit with a message"],
)
def test_a_daemon_thread(engine: Engine, image: str, name: Names, box: str, end: str) -> None:
    mine = name()
    done = python(HEAD + DAEMON + end, *arguments(engine, image, mine, box))
    assert done.stdout == "up\nup\n", done.stderr
    assert left(engine, mine, box) == []


@pytest.mark.parametrize(
    "program", [UNCLOSED, FORGOTTEN, f"DAEMON = {DAEMON!r}\n{CHILD}"], ids=["unclosed", "forgotten", "child"]
)
def test_a_program_that_closes_nothing(engine: Engine, image: str, name: Names, box: str, program: str) -> None:
    """A loop that nobody closes, a client that nobody closes, a child of multiprocessing with a daemon thread."""
    mine = name()
    done = python(HEAD + program, *arguments(engine, image, mine, box))
    assert done.returncode == 0, done.stderr
    assert "Exception ignored" not in done.stderr
    assert left(engine, mine, box) == []


def test_functions_for_the_end_of_the_program_find_their_clients_open(
    engine: Engine, image: str, name: Names, box: str
) -> None:
    """Those that were registered after the import."""
    source = """
import atexit
client = client_of()
atexit.register(lambda: asyncio.run(client.aclose()))
atexit.register(lambda: print(asyncio.run(client.exec_container(BOX, ["echo", "last"])), flush=True))
asyncio.run(client.ping())
"""
    done = python(HEAD + source, *arguments(engine, image, name(), box))
    assert (done.returncode, done.stdout, done.stderr) == (0, "last\n\n", "")


def test_what_was_detached_and_what_is_durable_goes_on(engine: Engine, image: str, name: Names, box: str) -> None:
    mine = name()
    source = """
import warnings
warnings.simplefilter("ignore", ResourceWarning)

async def begin(client):
    await client.run_container(IMAGE, ["sleep", "600"], ["-d", "--name", NAME])
    process = await client.start_exec(NAME, "echo up; exec sleep 31116", shell=True, durable=True)
    await process.stdout.readline()

asyncio.run(begin(client_of()))
"""
    done = python(HEAD + source, *arguments(engine, image, mine, box))
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "sleep 31116" in sleepers(engine, mine)


def test_the_end_of_a_forked_child_ends_nothing_of_its_parent(
    engine: Engine, image: str, name: Names, box: str
) -> None:
    mine = name()
    source = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks with threads
child = os.fork()
if not child:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
print("forked", flush=True)
sys.stdin.read()
"""
    with started(HEAD + DAEMON + source, *arguments(engine, image, mine, box)) as program:
        assert program.stdout is not None
        lines = [program.stdout.readline() for _ in range(3)]
        assert lines == ["up\n", "up\n", "forked\n"], program.communicate(timeout=DEADLINE)
        assert len(sleepers(engine, box)) == 2
        assert len(left(engine, mine, box)) == 3
        program.communicate(timeout=DEADLINE)
    assert left(engine, mine, box) == []


def recipes() -> list[str]:
    """Return how docs/surviving.md ends a program by SIGTERM."""
    page = (ROOT / "docs" / "surviving.md").read_text()
    return [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "SIGTERM" in block]


@pytest.mark.parametrize("number", [0, 1])
def test_sigterm_as_the_docs_have_it(engine: Engine, image: str, name: Names, box: str, number: int) -> None:
    mine, (source, other) = name(), recipes()[:2]
    source = (source, other)[number].replace("train(client)", "work(client)").replace("connect(", "connect_here(")
    head = f"{HEAD}\ndef connect_here():\n    return client_of()\n"
    with started(head + source, *arguments(engine, image, mine, box)) as program:
        assert program.stdout is not None
        assert [program.stdout.readline(), program.stdout.readline()] == ["up\n", "up\n"]
        program.send_signal(signal.SIGTERM)
        _, errors = program.communicate(timeout=DEADLINE)
    assert program.returncode == 143, errors
    assert "Exception ignored" not in errors
    assert left(engine, mine, box) == []


async def test_sigterm_without_it_leaves_an_orphan_that_reap_ends(
    client: DockerClient, engine: Engine, image: str, name: Names, container: str
) -> None:
    mine = name()
    with engine.only_reaper():
        with started(HEAD + DAEMON + "sys.stdin.read()", *arguments(engine, image, mine, container)) as program:
            assert program.stdout is not None
            assert [program.stdout.readline(), program.stdout.readline()] == ["up\n", "up\n"]
            program.send_signal(signal.SIGTERM)
            program.communicate(timeout=DEADLINE)
        assert program.returncode == -signal.SIGTERM
        assert mine in [orphan.name for orphan in await client.list_orphans()]
        await client.reap()
    assert not await client.container_exists(mine)


@pytest.mark.connections("local")
async def test_an_engine_that_does_not_answer_is_waited_for_a_few_seconds_only(
    engine: Engine, image: str, name: Names, container: str, tmp_path: Path
) -> None:
    mine, silent = name(), asyncio.Event()
    tasks: list[asyncio.Task[None]] = []
    writers: list[asyncio.StreamWriter] = []

    async def forward(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(1 << 16):
            if silent.is_set():
                await asyncio.Event().wait()
            sink.write(data)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(engine.socket)
        writers.extend((writer, back))
        tasks.extend(asyncio.create_task(forward(*pair)) for pair in ((reader, back), (there, writer)))

    server = await asyncio.start_unix_server(accept, tmp_path / "s")
    through = Engine(engine.name, via=str(tmp_path / "s"))
    source = f"{HEAD}\nprogram_end.EXIT_TIME = {EXIT_TIME}\n{DAEMON}\nsys.stdin.readline()"
    with started(source, *arguments(through, image, mine, container)) as program:
        assert program.stdout is not None
        assert program.stdin is not None
        for _ in range(2):
            assert await asyncio.to_thread(program.stdout.readline) == "up\n"
        silent.set()
        began = time.monotonic()
        _, errors = await asyncio.to_thread(program.communicate, "\n", DEADLINE)
    assert time.monotonic() - began > EXIT_TIME - 1
    assert "reap() finds it" in errors
    assert len(left(engine, mine, container)) == 3
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for writer in writers:
        writer.transport.abort()
    server.close()
    await server.wait_closed()
