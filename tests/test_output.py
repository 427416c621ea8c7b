"""Output: exact, separate, in order, to callbacks, with flat memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ml_nexus_go import DockerClient, EngineError

from .support.bed import Engine
from .support.memory import GROWTH, MEASURE
from .support.program import printed

pytestmark = pytest.mark.by_turns


async def test_every_byte_comes_as_it_is(client: DockerClient, image: str, box: str) -> None:
    everything = bytes(range(256))
    for result in (
        await client.exec_container(box, ["cat"], stdin=everything),
        await client.run_container(image, ["cat"], ["--rm"], stdin=everything),
    ):
        assert result.stdout_bytes == everything
        assert result.stdout == everything.decode("utf-8", "replace")


async def test_invalid_utf8_is_replaced_in_text_only(client: DockerClient, box: str) -> None:
    result = await client.exec_container(box, ["sh", "-c", r"printf 'a\377b'; printf '\303' >&2"])
    assert (result.stdout, result.stdout_bytes) == ("a\ufffdb", b"a\xffb")
    assert (result.stderr, result.stderr_bytes) == ("\ufffd", b"\xc3")


async def test_a_character_that_is_cut_by_a_frame(client: DockerClient, box: str) -> None:
    text = "a" + "é" * 200_000
    assert await client.exec_container(box, ["cat"], stdin=text) == text


async def test_both_streams_in_order_within_each(client: DockerClient, image: str, box: str) -> None:
    script = "i=0; while [ $i -lt 3000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done"
    out = "".join(f"out {i}\n" for i in range(3000))
    for result in (
        await client.exec_container(box, script, shell=True),
        await client.run_container(image, script, ["--rm"], shell=True),
    ):
        assert result.stdout == out
        assert result.stderr == out.replace("out", "err")


async def test_callbacks_get_bytes_as_they_come(client: DockerClient, box: str) -> None:
    seen: list[tuple[str, bytes]] = []
    first = asyncio.Event()

    def on_stdout(data: bytes) -> None:
        seen.append(("out", data))
        first.set()

    async def on_stderr(data: bytes) -> None:
        await asyncio.sleep(0)
        seen.append(("err", data))

    running = asyncio.ensure_future(
        client.exec_container(
            box, "echo a; read line; echo $line >&2", ["-i"], shell=True, on_stdout=on_stdout, on_stderr=on_stderr,
            stdin=after(first, b"b\n"),
        )
    )  # fmt: skip
    result = await running
    assert seen == [("out", b"a\n"), ("err", b"b\n")]
    assert (result.stdout, result.stderr) == ("", "")


async def after(event: asyncio.Event, data: bytes) -> AsyncIterator[bytes]:
    """Yield an input once the event is set."""
    await event.wait()
    yield data


@pytest.mark.parametrize("error", [ZeroDivisionError, EngineError])
async def test_a_callback_that_raises_ends_the_work(
    client: DockerClient, engine: Engine, box: str, error: type[Exception]
) -> None:
    def on_stdout(data: bytes) -> None:
        raise error

    with pytest.raises(error):
        await client.exec_container(box, "echo a; sleep 2222", shell=True, on_stdout=on_stdout)
    top = engine.api_get(f"/containers/{box}/top")["Processes"]
    assert not [row for row in top if "sleep 2222" in row[-1]]


async def test_a_slow_reader_slows_the_container(client: DockerClient, box: str) -> None:
    """While nobody reads, the writer must stop; it continues when somebody reads."""
    process = await client.start_exec(box, "head -c 100000000 /dev/zero; echo all written >&2", shell=True)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(process.stderr.readline(), 1)
    size = 0
    while data := await process.stdout.read(1 << 20):
        size += len(data)
    assert size == 100_000_000
    assert await process.stderr.readline() == b"all written\n"
    assert await process.wait() == 0


async def test_output_after_the_process_closed_its_streams(client: DockerClient, box: str) -> None:
    result = await client.exec_container(box, "echo a; exec >&- 2>&-; sleep 0.3; exit 5", shell=True, check=False)
    assert (result, result.exit_code) == ("a\n", 5)


async def test_a_child_that_keeps_stdout_open(client: DockerClient, image: str) -> None:
    """As with docker run, the output ends with the container."""
    result = await client.run_container(image, "(sleep 3600; echo late) & echo early", ["--rm"], shell=True)
    assert result == "early\n"


SOURCE = (
    MEASURE
    + """
async def main(host, image, box, count, way):
    async with connect(host) as client:
        await client.exec_container(box, ["true"])
        size = 0
        def on_stdout(data):
            nonlocal size
            size += len(data)
        command = ["head", "-c", str(count), "/dev/zero"]
        before = resident()
        if way == "callback":
            # Without a log: it would have the size of the output, several times.
            await client.run_container(image, command, ["--rm", "--log-driver", "none"], on_stdout=on_stdout)
        else:
            process = await client.start_exec(box, command)
            while data := await process.stdout.read(1 << 16):
                size += len(data)
            await process.wait()
        print(size, peak() - before)

asyncio.run(main(*sys.argv[1:4], int(sys.argv[4]), sys.argv[5]))
"""
)


def measured(engine: Engine, image: str, box: str, count: int, way: str) -> None:
    """Read that many bytes in a program of its own."""
    size, growth = map(int, printed(SOURCE, engine.host, image, box, str(count), way, timeout=1200).split())
    assert size == count
    assert growth < GROWTH, f"{growth >> 20} MiB"


@pytest.mark.connections("local")
@pytest.mark.parametrize("way", ["callback", "reader"])
def test_five_times_the_memory_it_may_take(engine: Engine, image: str, box: str, way: str) -> None:
    measured(engine, image, box, 5 * GROWTH, way)


@pytest.mark.slow
@pytest.mark.connections("local")
@pytest.mark.parametrize("way", ["callback", "reader"])
def test_ten_gigabytes_with_flat_memory(engine: Engine, image: str, box: str, way: str) -> None:
    measured(engine, image, box, 10**10, way)
