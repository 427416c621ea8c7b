"""Processes with a terminal and an input (-it): all their output, and the input's end."""

from __future__ import annotations

import asyncio

import pytest

from ml_nexus_go import CommandResult, ContainerProcess, DockerClient

from .support.wait import DEADLINE

pytestmark = pytest.mark.by_turns

WAYS = pytest.mark.parametrize("way", ["run", "exec"])


class Terminal:
    """Runs commands with a terminal, in new containers or in one that runs."""

    def __init__(self, client: DockerClient, image: str, box: str, way: str) -> None:
        self._client, self._image, self._box, self._way = client, image, box, way

    async def gives(self, script: str, stdin: bytes | None = None) -> CommandResult:
        """Return the result of a shell's script that ends by itself."""
        command = ["sh", "-c", script]
        if self._way == "run":
            return await self._client.run_container(
                self._image, command, ["--rm", "-it"], stdin=stdin, timeout=DEADLINE
            )
        return await self._client.exec_container(self._box, command, ["-it"], stdin=stdin, timeout=DEADLINE)

    async def start(self, script: str, stdin: bool | None = None) -> ContainerProcess:
        """Start a shell's script."""
        command = ["sh", "-c", script]
        if self._way == "run":
            return await self._client.start_run(self._image, command, ["--rm", "-it"], stdin=stdin, timeout=DEADLINE)
        return await self._client.start_exec(self._box, command, ["-it"], stdin=stdin, timeout=DEADLINE)


@pytest.fixture
def terminal(client: DockerClient, image: str, box: str, way: str) -> Terminal:
    """The way of the test."""
    return Terminal(client, image, box, way)


@WAYS
async def test_output_after_the_end_of_input_arrives(terminal: Terminal) -> None:
    assert await terminal.gives("sleep 0.4; echo out") == "out\r\n"
    assert await terminal.gives("read x; sleep 0.4; echo got $x", b"hello\n") == "hello\r\ngot hello\r\n"
    lines = (await terminal.gives("cat; sleep 0.2; seq 50000", b"last\n")).split("\r\n")
    assert lines == ["last", "last", *map(str, range(1, 50001)), ""]


@WAYS
async def test_no_input_is_an_end_at_once(terminal: Terminal) -> None:
    assert await terminal.gives("cat; echo after") == "after\r\n"
    assert await terminal.gives("cat; echo after", b"") == "after\r\n"
    process = await terminal.start("cat; echo after", stdin=False)
    assert await process.communicate() == (b"after\r\n", b"")


@WAYS
async def test_an_unfinished_line_is_read_before_the_end(terminal: Terminal) -> None:
    out = await terminal.gives("cat; echo; echo after", b"one\ntwo")
    assert out.endswith("one\r\ntwo\r\nafter\r\n")


@WAYS
async def test_every_read_sees_the_end(terminal: Terminal) -> None:
    assert await terminal.gives("cat; echo one; cat; echo two; cat; echo three") == "one\r\ntwo\r\nthree\r\n"


@WAYS
async def test_an_interactive_shell_ends_with_its_input(terminal: Terminal) -> None:
    """It sets up its terminal after the input has arrived, and mistakes the first end for another character."""
    assert "\n42\r\n" in await terminal.gives("sh", b"echo $((40+2))\n")
    await terminal.gives("sh")


@WAYS
async def test_a_raw_terminal_reads_the_end_as_a_character(terminal: Terminal) -> None:
    process = await terminal.start("stty raw -echo; echo ready; head -c 5 | od -An -tx1; echo 3")
    assert process.stdin is not None
    assert await process.stdout.readline() == b"ready\n"
    process.stdin.write(b"abc")
    process.stdin.write_eof()
    out = await process.stdout.read()
    assert out.split() == [b"61", b"62", b"63", b"04", b"04", b"3"]
    assert await process.wait() == 0


@WAYS
async def test_a_process_that_ends_before_its_input(terminal: Terminal) -> None:
    process = await terminal.start("echo out")
    assert process.stdin is not None
    assert await process.stdout.read() == b"out\r\n"
    assert await process.wait() == 0
    process.stdin.write_eof()


@WAYS
async def test_input_goes_on_after_output_and_its_end_may_come_late(terminal: Terminal) -> None:
    process = await terminal.start("stty -echo; echo ready; while read x; do echo got $x; done; echo end")
    assert process.stdin is not None
    assert await process.stdout.readline() == b"ready\r\n"
    for word in (b"one", b"two"):
        process.stdin.write(word + b"\n")
        assert await process.stdout.readline() == b"got " + word + b"\r\n"
    process.stdin.write_eof()
    assert await process.stdout.read() == b"end\r\n"
    assert await process.wait() == 0


@WAYS
async def test_many_lines_of_input(terminal: Terminal) -> None:
    lines = b"".join(b"%d\n" % n for n in range(5000))
    assert (await terminal.gives("stty -echo; wc -l", lines)).endswith("5000\r\n")


@WAYS
async def test_dockers_keys_to_detach_are_text(terminal: Terminal) -> None:
    process = await terminal.start("stty -echo -ixon; echo ready; read x; sleep 0.3; echo $x | od -An -c")
    assert process.stdin is not None
    assert await process.stdout.readline() == b"ready\r\n"
    process.stdin.write(b"a\x10\x11b\n")
    assert (await process.stdout.read()).split() == [b"a", b"020", b"021", b"b", b"\\n"]
    assert await process.wait() == 0


async def test_many_at_once(client: DockerClient, box: str) -> None:
    async def one(n: int) -> str:
        script = f"read x; echo got $x {n}"
        return await client.exec_container(box, ["sh", "-c", script], ["-it"], stdin=b"hello\n", timeout=DEADLINE)

    results = await asyncio.gather(*(one(n) for n in range(20)))
    assert results == [f"hello\r\ngot hello {n}\r\n" for n in range(20)]
