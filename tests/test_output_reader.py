"""The readers of a process: what has arrived is read before an error."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest

from ml_nexus_go import ConnectionLost
from ml_nexus_go._calls.output_reader import OutputReader


def failed(data: bytes) -> OutputReader:
    """Return a reader that got this data before its process was lost."""
    reader = OutputReader()
    if data:
        reader.feed_data(data)
    reader.fail(ConnectionLost("lost"))
    return reader


async def test_read() -> None:
    reader = failed(b"abcdef")
    assert isinstance(reader.exception(), ConnectionLost)
    assert await reader.read(0) == b""
    assert await reader.read(4) == b"abcd"
    assert await reader.read() == b"ef"
    assert await reader.read(0) == b""
    for count in (-1, 1):
        with pytest.raises(ConnectionLost):
            await reader.read(count)


async def test_lines() -> None:
    reader = failed(b"one\ntwo")
    assert await reader.readline() == b"one\n"
    assert await reader.readline() == b"two"
    with pytest.raises(ConnectionLost):
        await reader.readline()
    with pytest.raises(ConnectionLost):
        await reader.__anext__()


async def test_a_number_of_bytes_or_a_separator() -> None:
    reader = failed(b"abcdef:g")
    assert await reader.readexactly(3) == b"abc"
    assert await reader.readuntil(b":") == b"def:"
    with pytest.raises(asyncio.IncompleteReadError) as incomplete:
        await reader.readexactly(2)
    assert incomplete.value.partial == b"g"
    with pytest.raises(ConnectionLost):
        await reader.readexactly(2)
    with pytest.raises(ConnectionLost):
        await reader.readuntil(b":")
    with pytest.raises(asyncio.IncompleteReadError):
        await failed(b"x").readuntil(b":")


async def test_who_waits_is_told() -> None:
    reader = OutputReader()
    waiting = asyncio.ensure_future(reader.read())
    await asyncio.sleep(0)
    reader.feed_data(b"abc")
    await asyncio.sleep(0)
    reader.fail(ConnectionLost("lost"))
    assert await waiting == b"abc"


async def test_an_end_in_order() -> None:
    reader = OutputReader()
    reader.feed_data(b"ab")
    reader.feed_eof()
    assert reader.exception() is None
    with pytest.raises(asyncio.IncompleteReadError):
        await reader.readexactly(3)
    with pytest.raises(asyncio.IncompleteReadError):
        await reader.readuntil()
    assert await reader.read() == await reader.readline() == b""


async def test_a_read_to_the_end_gets_what_came_before_it_and_after() -> None:
    reader = OutputReader()
    reader.feed_data(b"abc")
    waiting = asyncio.ensure_future(reader.read())
    await asyncio.sleep(0)
    for piece in (b"de", b"", b"f"):
        reader.feed_data(memoryview(piece))
        await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="already waiting"):
        await reader.read(1)
    with pytest.raises(RuntimeError, match="already waiting"):
        await reader.read()
    reader.feed_data(b"gh")
    await asyncio.sleep(0)
    reader.feed_eof()
    assert await waiting == b"abcdefgh"


async def test_a_read_to_the_end_that_was_cancelled_takes_nothing_more() -> None:
    reader = OutputReader()
    waiting = asyncio.ensure_future(reader.read())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    reader.feed_data(b"line\n")
    assert await reader.readline() == b"line\n"


async def test_a_read_to_the_end_has_its_bytes_once() -> None:
    """4 MiB. Blocks that are joined would be there twice."""
    reader, block = OutputReader(), bytes(64 << 10)
    tracemalloc.start()
    try:
        waiting = asyncio.ensure_future(reader.read())
        await asyncio.sleep(0)
        for _ in range(64):
            reader.feed_data(memoryview(block))
        reader.feed_eof()
        assert len(await waiting) == 4 << 20
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()
