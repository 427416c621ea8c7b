"""attach_container: the streams of a container that runs already."""

from __future__ import annotations

import asyncio
import re
import subprocess
from contextlib import suppress
from typing import Any

import pytest

from ml_nexus_go import (
    ConnectionLost,
    ContainerNotFound,
    ContainerNotRunning,
    DockerClient,
    InvalidArgument,
    OperationTimeout,
)

from .conftest import Connect
from .support.bed import Engine, part
from .support.names import Names
from .support.proxy import Proxy
from .support.wait import DEADLINE, limits

ECHO = "while read -r line; do echo got $line; echo err $line >&2; [ $line != end ] || exit 7; done"


async def echo(client: DockerClient, image: str, mine: str, *options: str) -> str:
    await client.run_container(image, ECHO, ["-d", *options, "--name", mine], shell=True)
    return mine


async def test_a_conversation_with_what_runs_already(client: DockerClient, image: str, name: Names) -> None:
    mine = await echo(client, image, name(), "-i")
    process = await client.attach_container(mine)
    assert process.container_id == (await client.container(mine)).id
    assert (process.tty, process.exec_id, process.returncode) == (False, "", None)
    assert process.stdin is not None
    for word in (b"one", b"two"):
        process.stdin.write(word + b"\n")
        await process.stdin.drain()
        assert await process.stdout.readline() == b"got " + word + b"\n"
        assert await process.stderr.readline() == b"err " + word + b"\n"
    process.stdin.write(b"end\n")
    assert await process.communicate() == (b"got end\n", b"err end\n")
    assert await process.wait() == 7
    assert process.returncode == 7


async def test_what_was_printed_before(client: DockerClient, image: str, name: Names) -> None:
    mine = await echo(client, image, name(), "-i")
    async with await client.attach_container(mine) as first:
        assert first.stdin is not None
        first.stdin.write(b"before\n")
        assert await first.stdout.readline() == b"got before\n"
        assert await first.stderr.readline() == b"err before\n"
    second, all_of_it = await asyncio.gather(client.attach_container(mine), client.attach_container(mine, logs=True))
    assert all_of_it.stdin is not None
    all_of_it.stdin.write(b"end\n")
    assert await second.communicate() == (b"got end\n", b"err end\n")
    assert await all_of_it.communicate() == (b"got before\ngot end\n", b"err before\nerr end\n")
    assert (await second.wait(), await all_of_it.wait()) == (7, 7)


@pytest.mark.parametrize("ending", ["block", "cancel", "timeout", "task", "aclose"])
async def test_the_container_goes_on(connect_to: Connect, image: str, name: Names, ending: str) -> None:
    client, other = connect_to(), connect_to()
    mine = await echo(other, image, name(), "-i")
    if ending == "task":
        task = asyncio.ensure_future(client.attach_container(mine))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    elif ending == "timeout":
        for limit in limits(1):
            with suppress(OperationTimeout):  # of the attaching
                process = await client.attach_container(mine, timeout=limit)
                break
        with pytest.raises(OperationTimeout):
            await process.wait()
        with pytest.raises(OperationTimeout):
            await process.stdout.read()
    elif ending == "block":
        async with await client.attach_container(mine) as process:
            assert process.stdin is not None
            process.stdin.write_eof()
    elif ending == "cancel":
        process = await client.attach_container(mine)
        waiting = asyncio.ensure_future(process.wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await process.cancel()
        await process.cancel()
    else:
        process = await client.attach_container(mine)
        await client.aclose()
    async with await other.attach_container(mine) as process:
        assert process.stdin is not None
        process.stdin.write(b"still\n")
        assert await process.stdout.readline() == b"got still\n"


async def test_signals_reach_the_container(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    script = "trap 'echo hup' HUP; trap 'exit 4' TERM; touch /ready; while :; do sleep 0.1; done"
    await client.run_container(image, script, ["-d", "--name", mine], shell=True)
    await client.exec_container(mine, "until [ -e /ready ]; do :; done", shell=True)
    process = await client.attach_container(mine)
    assert process.stdin is None
    await process.send_signal("HUP")
    assert await process.stdout.readline() == b"hup\n"
    await process.terminate()
    assert await process.wait() == 4


async def test_a_full_output_does_not_keep_a_kill_away(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    script = "mkfifo /go; cat /go; head -c 8000000 /dev/zero; sleep 3600"
    await client.run_container(image, script, ["-d", "--name", mine], shell=True)
    process = await client.attach_container(mine)
    await client.exec_container(mine, "until [ -p /go ]; do :; done; echo -n >/go", shell=True)
    assert await process.stdout.readexactly(1_000_000) == bytes(1_000_000)
    await process.kill()
    assert await asyncio.wait_for(process.wait(), DEADLINE) == 137


async def test_which_stdin_it_gets(client: DockerClient, image: str, name: Names) -> None:
    without, lasting, its_own = name(), await echo(client, image, name(), "-i"), name()
    await client.run_container(image, ["sleep", "3600"], ["-d", "--name", without])
    await client.create_container(image, ["cat"], ["-i", "--name", its_own])
    await client.start_container(its_own)
    for container, has in ((without, False), (lasting, True), (its_own, False)):
        async with await client.attach_container(container) as process:
            assert (process.stdin is not None) == has
        async with await client.attach_container(container, stdin=False) as process:
            assert process.stdin is None
    with pytest.raises(InvalidArgument, match="without -i"):
        await client.attach_container(without, stdin=True)
    assert await client.container_is_running(its_own)
    process = await client.attach_container(its_own, stdin=True)
    assert await process.communicate(b"all of it") == (b"all of it", b"")
    assert await process.wait() == 0


async def test_a_terminal(client: DockerClient, image: str, name: Names) -> None:
    mine = await echo(client, image, name(), "-it")
    process = await client.attach_container(mine, detach_keys="ctrl-x,x")
    assert process.tty
    assert process.stdin is not None
    await process.resize(33, 77)
    process.stdin.write(b"a\x10\x11b\n")  # docker's usual keys; the terminal takes the second one itself
    assert b"got a\x10b\r\n" in await process.stdout.readuntil(b"err a\x10b\r\n")
    size = await client.exec_container(mine, "stty size </proc/1/fd/0", shell=True)
    assert size == "33 77\n"
    process.stdin.write_eof()  # of the attachment, not of the terminal
    assert await client.container_is_running(mine)
    await process.cancel()
    assert await client.container_is_running(mine)


async def test_what_cannot_be_attached_to(client: DockerClient, container: str, name: Names) -> None:
    await client.pause_container(container)
    with pytest.raises(ContainerNotRunning, match="unpause_container"):
        await client.attach_container(container)
    await client.unpause_container(container)
    await client.stop_container(container, timeout=0)
    for logs in (False, True):
        with pytest.raises(ContainerNotRunning, match="start it first") as failure:
            await client.attach_container(container, logs=logs)
    assert failure.value.op == "attach_container"
    with pytest.raises(ContainerNotFound):
        await client.attach_container(name())
    for wrong in ({"logs": 1}, {"detach_keys": 5}, {"timeout": -1}):
        with pytest.raises(InvalidArgument):
            await client.attach_container(container, **wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument):
        await client.attach_container(5)  # type: ignore[arg-type]


async def test_detach_keys_that_are_none(client: DockerClient, image: str, container: str, name: Names) -> None:
    mine = name()
    for call in (
        client.attach_container(container, detach_keys="foo-bar"),
        client.exec_container(container, ["true"], ["--detach-keys", "foo-bar"]),
        client.run_container(image, ["true"], ["--name", mine, "--detach-keys", "foo-bar"]),
    ):
        with pytest.raises(InvalidArgument, match=r'"foo-bar" is no sequence of keys, such as ctrl-p,ctrl-q'):
            await call
    assert not await client.container_exists(mine)


async def test_the_output_is_that_of_docker_attach(
    client: DockerClient, engine: Engine, image: str, name: Names
) -> None:
    mine = name()
    script = "read a; read b; seq 1 20000; seq 1 300 >&2; exit 3"  # it begins when both can be heard
    await client.run_container(image, script, ["-d", "-i", "--name", mine], shell=True)
    argv = [str(part("docker-cli")["path"]), "--host", engine.host, "attach", mine]
    streams: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    theirs = await asyncio.create_subprocess_exec(*argv, **streams)
    ours = await client.attach_container(mine)
    assert theirs.stdin is not None
    assert ours.stdin is not None
    for stdin in (theirs.stdin, ours.stdin):
        stdin.write(b"go\n")
        await stdin.drain()
    (out, err), their_out, their_err = await asyncio.gather(
        ours.communicate(),
        theirs.stdout.read(),  # type: ignore[union-attr]
        theirs.stderr.read(),  # type: ignore[union-attr]
    )
    theirs.stdin.close()
    await theirs.wait()
    assert (out, err) == (their_out, their_err)
    assert (await ours.wait(), theirs.returncode) == (3, 3)
    assert len(out.splitlines()) == 20000


@pytest.mark.connections("ssh")
async def test_it_goes_on_after_a_cut(connect_to: Connect, proxy: Proxy, image: str, name: Names) -> None:
    client, direct, mine = connect_to(ssh_config=proxy.config), connect_to(), name()
    script = "mkfifo /go; echo before; cat /go; seq 1 2000; cat /go; seq 2001 4000; exit 5"
    await direct.run_container(image, script, ["-d", "-i", "--name", mine], shell=True)
    await direct.exec_container(mine, "until [ -p /go ]; do :; done", shell=True)
    process, logged = await client.attach_container(mine), await client.attach_container(mine, logs=True)
    assert await logged.stdout.readline() == b"before\n"
    await direct.exec_container(mine, "echo -n >/go", shell=True)
    await process.stdout.readuntil(b"\n500\n")
    proxy.cut()
    await direct.exec_container(mine, "echo -n >/go", shell=True)
    proxy.mend()
    numbers = "".join(f"{number}\n" for number in range(501, 4001)).encode()
    assert await process.communicate() == (numbers, b"")
    assert await process.wait() == 5
    out, _ = await logged.communicate()
    assert re.match(rb"1\n2\n3\n", out)
    assert out.endswith(numbers)


@pytest.mark.connections("ssh")
async def test_input_after_a_cut_says_that_it_cannot_be_sent(
    connect_to: Connect, proxy: Proxy, image: str, name: Names
) -> None:
    client, mine = connect_to(ssh_config=proxy.config), name()
    await echo(connect_to(), image, mine, "-i")
    process = await client.attach_container(mine)
    proxy.cut()
    proxy.mend()
    assert process.stdin is not None
    process.stdin.write(b"end\n")
    with pytest.raises(ConnectionLost, match="input"):
        await process.wait()
    assert await client.container_is_running(mine)
