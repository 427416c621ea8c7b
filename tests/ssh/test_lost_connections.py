"""Runs and execs whose connection is cut, and Ctrl-C meanwhile."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import ConnectionLost, InvalidArgument, LogLine, NotFound

from ..conftest import Connect
from ..support.bed import Engine
from ..support.names import Names
from ..support.proxy import Proxy
from ..support.wait import DEADLINE
from .programs import COUNT

pytestmark = pytest.mark.connections("ssh")

LINES = 200


def numbered(prefix: str, count: int = LINES) -> str:
    return "".join(f"{prefix} {i}\n" for i in range(count))


async def program(*argv: str | Path) -> asyncio.subprocess.Process:
    """Start one of tests.ssh.programs."""
    words = [sys.executable, "-m", "tests.ssh.programs", *map(str, argv)]
    return await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)


async def line_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), DEADLINE)
    if not line:
        _, problems = await process.communicate()
        raise AssertionError(problems.decode())
    return line.decode().strip()


async def test_a_run_goes_on_after_cuts(
    connect_to: Connect, proxy: Proxy, engine: Engine, name: Names, image: str
) -> None:
    client = connect_to(ssh_config=proxy.config)
    seen = bytearray()

    def cut(data: bytes) -> None:
        before, after = seen.count(b"\n"), data.count(b"\n")
        seen.extend(data)
        if before // 50 != (before + after) // 50:
            proxy.cut()
            proxy.mend()

    result = await client.run_container(
        image, COUNT, ["--rm", "--name", name()], shell=True, on_stdout=cut, check=False
    )
    assert (result.exit_code, result.stderr) == (7, numbered("err"))
    assert seen.decode() == numbered("out")


async def test_the_end_of_a_terminals_input_is_said_again_over_a_new_connection(
    connect_to: Connect, proxy: Proxy, name: Names, image: str
) -> None:
    """Each read of a terminal needs an end of its own."""
    client = connect_to(ssh_config=proxy.config)
    reads = range(6)
    script = "echo ready; " + "; ".join(f"cat; echo {i}" for i in reads)
    seen: list[bytes] = []

    def cut(data: bytes) -> None:
        if not seen:
            proxy.cut()
            proxy.mend()
        seen.append(data)

    options = ["-it", "--rm", "--name", name()]
    await client.run_container(image, script, options, shell=True, on_stdout=cut, timeout=DEADLINE)
    assert b"".join(seen).split() == [b"ready", *(b"%d" % i for i in reads)]


async def test_a_last_line_without_its_end_is_not_lost_with_the_connection(
    connect_to: Connect, proxy: Proxy, name: Names, image: str
) -> None:
    client = connect_to(ssh_config=proxy.config)
    mine = name()
    script = "mkfifo /go; echo 1; cat /go; printf 2; printf 3 >&2; exit 7"
    reached = asyncio.Event()
    seen = bytearray()

    def watch(data: bytes) -> None:
        seen.extend(data)
        reached.set()

    running = asyncio.create_task(
        client.run_container(image, script, ["--name", mine], shell=True, on_stdout=watch, check=False)
    )
    await asyncio.wait_for(reached.wait(), DEADLINE)
    proxy.cut()
    await connect_to().exec_container(mine, "echo -n >/go", shell=True)
    proxy.mend()
    result = await running
    assert (bytes(seen), result.stderr, result.exit_code, result.warnings) == (b"1\n2", "3", 7, ())


async def test_a_followed_log_goes_on_after_cuts(connect_to: Connect, proxy: Proxy, name: Names, image: str) -> None:
    client = connect_to(ssh_config=proxy.config)
    mine = name()
    count = 'mkfifo /go; echo "out 0"; for i in 1 2 3; do cat /go; echo "out $i"; done'
    await client.run_container(image, count, ["-d", "--name", mine], shell=True)
    seen = []
    async for line in client.container_logs(mine, follow=True):
        seen.append(line.decode())
        proxy.cut()
        proxy.mend()
        if len(seen) < 4:
            await client.exec_container(mine, "echo -n > /go", shell=True)
    assert seen == [f"out {i}\n" for i in range(4)]


@pytest.mark.parametrize("keywords", [{}, {"timestamps": True}], ids=["plain", "timestamps"])
async def test_the_last_lines_of_a_log_are_followed_through_cuts(
    connect_to: Connect, proxy: Proxy, name: Names, image: str, keywords: dict[str, Any]
) -> None:
    client = connect_to(ssh_config=proxy.config)
    mine = name()
    count = "mkfifo /go; seq 9; for i in 10 11 12; do cat /go; echo $i; echo err $i >&2; done; printf end"
    await client.run_container(image, count, ["-d", "--name", mine], shell=True)
    while len([line async for line in client.container_logs(mine)]) < 9:
        pass
    seen = []
    async for line in client.container_logs(mine, follow=True, tail=2, **keywords):
        seen.append(line)
        if b"err" not in line and line.split()[-1] in (b"9", b"10", b"11"):
            proxy.cut()
            proxy.mend()
            await client.exec_container(mine, "echo -n > /go", shell=True)
    whole = [line async for line in client.container_logs(mine, **keywords)]
    assert sorted(seen) == sorted(whole[7:])


async def test_a_followed_log_with_tags_goes_on_after_cuts(
    connect_to: Connect, proxy: Proxy, name: Names, image: str
) -> None:
    client = connect_to(ssh_config=proxy.config)
    mine = name()
    count = "mkfifo /go; for i in 0 1 2 3; do echo $i; echo $i >&2; printf '+' >&2; cat /go; done"
    await client.run_container(image, count, ["-d", "--name", mine], shell=True)
    seen: list[LogLine] = []
    async for line in client.container_logs(mine, follow=True, tagged=True):
        seen.append(line)
        if line.stream == "stdout":
            proxy.cut()
            proxy.mend()
            await client.exec_container(mine, "echo -n > /go", shell=True)
    assert [line.data for line in seen if line.stream == "stdout"] == [b"0\n", b"1\n", b"2\n", b"3\n"]
    assert [line.data for line in seen if line.stream == "stderr"] == [b"0\n", b"+1\n", b"+2\n", b"+3\n", b"+"]
    again = [line async for line in client.container_logs(mine, tagged=True)]
    assert sorted(again, key=lambda line: line.timestamp) == sorted(seen, key=lambda line: line.timestamp)


async def test_an_exec_that_is_cut_says_what_was_read(connect_to: Connect, proxy: Proxy, container: str) -> None:
    client = connect_to(ssh_config=proxy.config)
    await client.ping()
    begun = asyncio.Event()
    seen = bytearray()

    def watch(data: bytes) -> None:
        seen.extend(data)
        if b"err 5\n" in seen:  # the two outputs arrive separately: time for the other's first line
            begun.set()

    endless = COUNT.replace("200", "1000000")
    running = asyncio.create_task(client.exec_container(container, endless, shell=True, on_stderr=watch))
    await asyncio.wait_for(begun.wait(), DEADLINE)
    proxy.cut()
    proxy.mend()
    with pytest.raises(ConnectionLost, match="was ended") as lost:
        await running
    assert lost.value.stdout.startswith("out 0\n")
    assert numbered("out", 2 + lost.value.stdout.count("\n")).startswith(lost.value.stdout)
    assert lost.value.stdout_bytes == lost.value.stdout.encode()
    assert not lost.value.may_still_run


@pytest.mark.parametrize("way", ["run", "exec"])
async def test_a_process_gives_what_arrived_before_it_fails(
    connect_to: Connect, proxy: Proxy, container: str, image: str, name: Names, way: str
) -> None:
    client = connect_to(ssh_config=proxy.config)
    # What one write prints arrives in one piece.
    script = "printf 'bad\\nend' >&2; read x; printf 'one\\ntwo\\nthree'; exec sleep 600"
    process = (
        await client.start_exec(container, script, ["-i"], shell=True)
        if way == "exec"
        else await client.start_run(image, script, ["-i", "--name", name(), "--log-driver", "none"], shell=True)
    )
    assert process.stdin is not None
    assert await process.stderr.readline() == b"bad\n"
    process.stdin.write(b"\n")
    assert await process.stdout.readline() == b"one\n"
    proxy.cut()
    proxy.mend()
    with pytest.raises(ConnectionLost):
        await process.wait()
    assert await process.stdout.readline() == b"two\n"
    assert await process.stdout.readline() == b"three"
    with pytest.raises(ConnectionLost):
        await process.stdout.read()
    assert await process.stderr.read() == b"end"
    with pytest.raises(ConnectionLost) as lost:
        await process.communicate()
    assert (lost.value.stdout, lost.value.stderr) == ("", "")
    assert process.returncode is None


async def test_communicate_says_what_was_read(connect_to: Connect, proxy: Proxy, container: str) -> None:
    client = connect_to(ssh_config=proxy.config)
    process = await client.start_exec(container, "printf 'one\\ntwo'; exec sleep 600", shell=True)
    assert await process.stdout.readline() == b"one\n"
    proxy.cut()
    proxy.mend()
    with pytest.raises(ConnectionLost) as lost:
        await process.communicate()
    assert (lost.value.stdout_bytes, lost.value.stdout, lost.value.stderr_bytes) == (b"two", "two", b"")


async def test_a_durable_exec_outlives_its_program(
    connect_to: Connect, proxy: Proxy, engine: Engine, container: str
) -> None:
    first = await program("durable", engine.target, proxy.config, container)
    exec_id = await line_of(first)
    assert await line_of(first) == "out 0"
    first.kill()
    await first.communicate()
    client = connect_to()
    known = len("out 0\n")
    result = await client.reattach_exec(container, exec_id, stdout_from=known, check=False)
    assert (result.exit_code, result.stdout) == (7, numbered("out")[known:])
    assert result.stderr == numbered("err")
    with pytest.raises(NotFound):
        await client.reattach_exec(container, exec_id)


async def test_a_durable_exec_has_no_input(connect_to: Connect, container: str) -> None:
    client = connect_to()
    with pytest.raises(InvalidArgument, match="durable"):
        await client.exec_container(container, "cat", stdin=b"x", durable=True)
    with pytest.raises(InvalidArgument, match="stdout_from"):
        await client.reattach_exec(container, "x", stdout_from=-1)


@pytest.mark.parametrize("line", ["up", "down"])
async def test_ctrl_c_during_a_run(connect_to: Connect, proxy: Proxy, engine: Engine, name: Names, line: str) -> None:
    mine = name()
    process = await program("run", engine.target, proxy.config, mine)
    assert await line_of(process) == "up"
    if line == "down":
        proxy.cut()
    process.send_signal(signal.SIGINT)
    _, problems = await asyncio.wait_for(process.communicate(), DEADLINE)
    assert b"KeyboardInterrupt" in problems
    exists = await connect_to().container_exists(mine)
    assert exists == (line == "down"), problems.decode()
    if line == "down":
        assert b"may still run" in problems


async def test_ctrl_c_during_connect(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        config = tmp_path / "config"
        config.write_text("")
        process = await program("ping", f"ssh://127.0.0.1:{deaf.getsockname()[1]}", config)
        assert await line_of(process) == "up"
        process.send_signal(signal.SIGINT)
        _, problems = await asyncio.wait_for(process.communicate(), DEADLINE)
    assert b"KeyboardInterrupt" in problems
