"""on_line: the lines of both streams as text, as they come."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import Any

import pytest

from ml_nexus_go import CommandFailed, DockerClient, InvalidArgument, OperationTimeout, OutputLine
from ml_nexus_go._calls.line_splitter import MAX_LINE, LineSplitter

from .conftest import Connect
from .support.bed import Engine
from .support.wait import DEADLINE, limits

SPLIT = {
    "lines": (b"a\nb\n", ["a", "b"]),
    "a last line without its end": (b"a\nb", ["a", "b"]),
    "empty lines": (b"\n\na\n\n", ["", "", "a", ""]),
    "a terminal": (b"a\r\n\r\nb\r\n", ["a", "", "b"]),
    "a terminal that doubles the CR": (b"a\r\r\nb\r\r\n", ["a", "b"]),
    "a bar that ends its steps": (b"10%\r20%\r\n", ["10%", "20%"]),
    "a bar that begins its steps": (b"\r10%\r20%\ndone\n", ["10%", "20%", "done"]),
    "a bar without an end": (b"10%\r20%\r", ["10%", "20%"]),
    "text of several bytes": ("a\u00e9\u20ac\U0001f40b\n".encode(), ["a\u00e9\u20ac\U0001f40b"]),
    "what is not UTF-8": (b"a\xffb\n\xe2\x82\n\xf0\x9f", ["a\ufffdb", "\ufffd", "\ufffd"]),
    "other ends of Unicode": ("a\u2028b\x0bc\x0cd\x85e\n".encode("utf-8"), ["a\u2028b\x0bc\x0cd\x85e"]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("case", SPLIT)
def test_lines_are_the_same_wherever_a_chunk_ends(case: str, size: int) -> None:
    data, lines = SPLIT[case]
    splitter = LineSplitter("stderr")
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    found = [line for chunk in chunks for line in splitter.feed(chunk)] + splitter.finish()
    assert found == lines
    assert {line.stream for line in found} <= {"stderr"}


def test_a_line_comes_as_soon_as_it_has_ended() -> None:
    splitter = LineSplitter("stdout")
    assert splitter.feed(b"10%\r") == ["10%"]
    assert splitter.feed(b"\r\n20") == []
    assert splitter.feed(b"%\n") == ["20%"]


def test_a_line_that_does_not_end_comes_in_pieces() -> None:
    splitter = LineSplitter("stdout")
    pieces = [line for _ in range(100) for line in splitter.feed(b"x" * (1 << 16))]
    assert {len(piece) for piece in pieces} == {MAX_LINE}
    assert sum(map(len, [*pieces, *splitter.finish()])) == 100 << 16


def test_a_line_survives_pickling_and_copying() -> None:
    line = OutputLine("a", "stderr")
    for again in (pickle.loads(pickle.dumps(line)), copy.copy(line), copy.deepcopy(line)):
        assert (type(again), again, again.stream) == (OutputLine, "a", "stderr")


SCRIPT = r"printf 'one\ntwo \303\251'; printf 'err\r\n10%%\r20%%' >&2"
LINES = [("stdout", "one"), ("stdout", "two \u00e9")], [("stderr", "err"), ("stderr", "10%"), ("stderr", "20%")]


async def test_runs_and_execs(client: DockerClient, image: str, box: str) -> None:
    seen: list[OutputLine] = []
    raw: list[bytes] = []

    async def on_line(line: OutputLine) -> None:
        await asyncio.sleep(0)
        seen.append(line)

    def told() -> tuple[list[tuple[str, str]], ...]:
        told = [(line.stream, str(line)) for line in seen]
        seen.clear()
        return [line for line in told if line[0] == "stdout"], [line for line in told if line[0] == "stderr"]

    result = await client.run_container(image, SCRIPT, ["--rm"], shell=True, on_line=on_line)
    assert told() == LINES
    assert (result, result.stdout, result.stderr) == ("", "", "")
    await client.exec_container(box, SCRIPT, shell=True, on_line=on_line, on_stdout=raw.append, timeout=DEADLINE)
    assert told() == LINES
    assert b"".join(raw) == b"one\ntwo \xc3\xa9"


async def test_a_durable_exec(connect_to: Connect, client: DockerClient, container: str) -> None:
    seen: list[OutputLine] = []
    other = connect_to()
    command = "echo one; until [ -e /go ]; do sleep 0.05; done; printf two"
    process = await other.start_exec(container, command, shell=True, durable=True)
    assert await process.stdout.readline() == b"one\n"
    await other.aclose()
    await client.exec_container(container, ["touch", "/go"])
    await client.reattach_exec(container, process.exec_id, on_line=seen.append)
    assert [(line.stream, line) for line in seen] == [("stdout", "one"), ("stdout", "two")]


async def test_a_terminal_has_one_stream(client: DockerClient, image: str) -> None:
    seen: list[OutputLine] = []
    await client.run_container(image, "echo a; echo b >&2", ["--rm", "-t"], shell=True, on_line=seen.append)
    assert [(line.stream, line) for line in seen] == [("stdout", "a"), ("stdout", "b")]


async def test_a_failing_command(client: DockerClient, box: str) -> None:
    seen: list[str] = []
    with pytest.raises(CommandFailed) as failure:
        await client.exec_container(box, "printf why >&2; exit 3", shell=True, on_line=seen.append)
    assert (failure.value.exit_code, failure.value.stderr, seen) == (3, "", ["why"])


@pytest.mark.parametrize("timeout", [None, 60])
async def test_a_function_that_raises_ends_the_work(
    client: DockerClient, engine: Engine, box: str, timeout: float | None
) -> None:
    async def on_line(line: str) -> None:
        raise ZeroDivisionError(line)

    with pytest.raises(ZeroDivisionError, match=r"^a$"):
        await client.exec_container(box, "echo a; sleep 2223", shell=True, on_line=on_line, timeout=timeout)
    top = engine.api_get(f"/containers/{box}/top")["Processes"]
    assert not [row for row in top if "sleep 2223" in row[-1]]


@pytest.mark.connections("local")
@pytest.mark.parametrize("which", ["on_stdout", "on_line"])
@pytest.mark.parametrize("command", ["echo a; sleep 2224", "echo a"])
async def test_a_function_that_never_returns_does_not_outlast_the_time_limit(
    client: DockerClient, engine: Engine, box: str, which: str, command: str
) -> None:
    cancelled = asyncio.Event()

    async def never(_: object) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    more: Any = {which: never}
    for limit in limits(1):
        with pytest.raises(OperationTimeout, match=rf"^exec_container on .*: not done after {limit:g} s"):
            await client.exec_container(box, command, shell=True, timeout=limit, **more)
        if cancelled.is_set():
            break
    assert cancelled.is_set()
    top = engine.api_get(f"/containers/{box}/top")["Processes"]
    assert not [row for row in top if "sleep 2224" in row[-1]]


async def test_what_came_before_the_time_is_up_is_delivered(client: DockerClient, box: str) -> None:
    seen: list[str] = []

    async def slow(line: str) -> None:
        await asyncio.sleep(0.01)
        seen.append(line)

    wanted = ["1", "2", "3", "4", "5", "half"]
    for limit in limits(1):
        seen.clear()
        with pytest.raises(OperationTimeout):
            await client.exec_container(box, "seq 5; printf half; sleep 3600", shell=True, timeout=limit, on_line=slow)
        if seen == wanted:
            break
    assert seen == wanted


async def test_cancelled_during_a_function_with_a_time_limit(client: DockerClient, engine: Engine, box: str) -> None:
    entered, left = asyncio.Event(), asyncio.Event()

    async def on_line(_: str) -> None:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    command = client.exec_container(box, "echo; sleep 2225", shell=True, on_line=on_line, timeout=600)
    running = asyncio.ensure_future(command)
    await entered.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert left.is_set()
    top = engine.api_get(f"/containers/{box}/top")["Processes"]
    assert not [row for row in top if "sleep 2225" in row[-1]]


async def test_what_is_no_function(client: DockerClient, box: str) -> None:
    with pytest.raises(InvalidArgument, match="on_line must be a function that takes a str"):
        await client.reattach_exec(box, "0" * 64, on_line=[])  # type: ignore[arg-type]
