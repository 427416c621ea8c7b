"""Ports of containers, forwarded over SSH, against ``ssh -L``.

The same program serves both: ours in the container's network, at its own 127.0.0.1, where ``ssh -L`` cannot
go, and that of ``ssh -L`` on the host. Both are forwarded before the time is taken. The host's sshd is in the
engine's network, as on a real host; where it is not, all goes through the engine, which has a line of its own.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from testbed import load_state

from .hosts import ALIAS, SSH, remote_kit
from .kit import ENGINE, Kit
from .line import OURS, TODAY, Group, speed

MEGABYTES = 1024
AT_ONCE = 200
DD = ["dd", "if=/dev/zero", "bs=1048576", "status=none"]

# A process for each connection, whose stdin and stdout it is.
SERVER = """
import socket, subprocess, sys, threading
listener = socket.create_server(("127.0.0.1", 0), backlog=512)
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    process = subprocess.Popen(sys.argv[1:], stdout=connection, stdin=connection)
    connection.close()
    threading.Thread(target=process.wait).start()
"""

# The local ports of the contenders, while a line runs.
_at: dict[str, int] = {}


@asynccontextmanager
async def _server(*words: str) -> AsyncIterator[int]:
    """Run the server by a command; yield its port."""
    server = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    try:
        yield int(await server.stdout.readline())
    finally:
        server.kill()
        await server.wait()


@asynccontextmanager
async def _tunnel(kit: Kit, behind: int) -> AsyncIterator[int]:
    """Let ssh forward a port to one of the host; yield it."""
    local = _free_port()
    pipe = asyncio.subprocess.PIPE
    ssh = await asyncio.create_subprocess_exec(
        SSH, "-F", str(kit.place.ssh_config), "-L", f"127.0.0.1:{local}:127.0.0.1:{behind}", ALIAS, "echo ready; cat",
        stdin=pipe, stdout=pipe,
    )  # fmt: skip
    assert ssh.stdin is not None
    assert ssh.stdout is not None
    try:
        await ssh.stdout.readline()
        yield local
    finally:
        ssh.stdin.close()
        await ssh.wait()


@asynccontextmanager
async def _ports(kit: Kit, words: list[str], beside: bool = True) -> AsyncIterator[None]:
    """Let both contenders reach a server that runs ``words`` for each connection."""
    server = [sys.executable, "-c", SERVER, *words]
    box = (await kit.ours.container(kit.box)).raw["State"]["Pid"]
    async with (
        _server(*(_within(load_state()[ENGINE]["pid"]) if beside else []), *server) as outside_port,
        _server(*_within(box), *server) as inside_port,
        _tunnel(kit, outside_port) as today,
        kit.ours.forward(kit.box, inside_port) as ours,
    ):
        _at[OURS], _at[TODAY] = ours.port, today
        if beside:
            await _past_the_engine(box)
        yield


def _within(pid: int) -> list[str]:
    """Return the words that run a following command in the network of a process."""
    words = ["nsenter", f"--net=/proc/{pid}/ns/net"]
    return words if os.geteuid() == 0 else ["sudo", "-n", *words]


async def _past_the_engine(pid: int) -> None:
    """Wait until the agent is reached at the container's own address."""
    while not _reached(pid):  # noqa: ASYNC110  (the kernel tells nobody)
        await asyncio.sleep(0.01)


def _reached(pid: int) -> bool:
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return any(state == "01" and not address.startswith("0100007F:") for _, address, _, state, *_ in rows)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _read_all(port: int, buffer: bytearray) -> int:
    total = 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while count := connection.recv_into(buffer):
            total += count
    return total


def _download(contender: str, megabytes: int, kit: Kit) -> None:
    if _read_all(_at[contender], bytearray(1 << 20)) != megabytes << 20:
        raise RuntimeError("not all bytes came")


async def _ask(contender: str, kit: Kit) -> None:
    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", _at[contender])
        # All are open before the first ends.
        opened.release()
        await all_open.wait()
        word = str(number).encode()
        writer.write(word)
        writer.write_eof()
        if await reader.read() != word:
            raise RuntimeError("another answer came")
        writer.close()

    async def wait() -> None:
        for _ in range(AT_ONCE):
            await opened.acquire()
        all_open.set()

    opened, all_open = asyncio.Semaphore(0), asyncio.Event()
    await asyncio.gather(wait(), *(one(number) for number in range(AT_ONCE)))


def _group(name: str, milliseconds: int, megabytes: int) -> Group:
    group = Group(name, partial(remote_kit, milliseconds, "sshd-beside"))
    _add_megabytes(group, megabytes, 5 if milliseconds else 9)
    group.line(f"{AT_ONCE} connections at once", {name: partial(_ask, name) for name in (OURS, TODAY)},
               rounds=5 if milliseconds else 9, around=partial(_ports, words=["cat"]))  # fmt: skip
    return group


def _add_megabytes(group: Group, megabytes: int, rounds: int, beside: bool = True) -> None:
    group.line(f"{megabytes} MB from a port", {name: partial(_download, name, megabytes) for name in (OURS, TODAY)},
               rounds=rounds, amount=(megabytes, "MB"), targets=(speed(0.7, TODAY),),
               around=partial(_ports, words=[*DD, f"count={megabytes}"], beside=beside))  # fmt: skip


def _groups() -> list[Group]:
    engine = Group("ports through the engine", partial(remote_kit, 0))
    _add_megabytes(engine, MEGABYTES, 5, beside=False)
    return [_group("ports", 0, MEGABYTES), _group("ports 20 ms", 20, MEGABYTES // 8), engine]


GROUPS = _groups()
