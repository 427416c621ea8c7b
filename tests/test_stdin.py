"""What run_container and exec_container send to stdin."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ml_nexus_go import DockerClient, InvalidArgument, OperationTimeout

from .support.names import Names
from .support.wait import DEADLINE, limits

pytestmark = pytest.mark.by_turns

DATA = os.urandom(3 << 20)


@pytest.mark.parametrize(
    "stdin",
    [b"abc", bytearray(b"abc"), memoryview(b"abc"), "abc", memoryview(b"axbxcx")[::2]],
    ids=["bytes", "bytearray", "memoryview", "str", "strided"],
)
async def test_short_input(client: DockerClient, image: str, box: str, stdin: Any) -> None:
    assert await client.exec_container(box, ["cat"], stdin=stdin) == "abc"
    assert await client.run_container(image, ["cat"], ["--rm"], stdin=stdin) == "abc"


async def test_an_empty_input_is_an_end_at_once(client: DockerClient, image: str, box: str) -> None:
    assert await client.exec_container(box, ["cat"], stdin=b"") == ""
    assert await client.run_container(image, ["cat"], ["--rm"], stdin=b"") == ""


async def test_no_input(client: DockerClient, image: str, box: str) -> None:
    assert await client.exec_container(box, ["cat"]) == ""
    assert await client.run_container(image, ["cat"], ["--rm"]) == ""


async def test_large_input_comes_back_exactly(client: DockerClient, image: str, box: str) -> None:
    digest = hashlib.sha256(DATA).hexdigest()
    assert (await client.exec_container(box, ["cat"], stdin=DATA)).stdout_bytes == DATA
    assert (await client.run_container(image, ["sha256sum"], ["--rm"], stdin=DATA)).split()[0] == digest


async def test_an_asynchronous_iterator(client: DockerClient, image: str, box: str) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for at in range(0, len(DATA), 100_000):
            yield DATA[at : at + 100_000]
            await asyncio.sleep(0)

    assert (await client.exec_container(box, ["cat"], stdin=parts())).stdout_bytes == DATA
    assert (await client.run_container(image, ["cat"], ["--rm"], stdin=parts())).stdout_bytes == DATA


async def test_an_iterator_of_empty_parts(client: DockerClient, box: str) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"", b"a", b"", b"b", b""):
            yield part

    assert await client.exec_container(box, ["cat"], stdin=parts()) == "ab"


async def test_an_iterator_that_fails_ends_the_work(client: DockerClient, box: str) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await client.exec_container(box, ["sh", "-c", "cat; sleep 3600"], stdin=parts())


async def test_a_process_that_does_not_read(client: DockerClient, image: str, box: str) -> None:
    big = bytes(20 << 20)
    assert await client.exec_container(box, ["echo", "done"], stdin=big) == "done\n"
    assert await client.run_container(image, ["echo", "done"], ["--rm"], stdin=big) == "done\n"


async def test_an_endless_iterator_for_a_process_that_ends(client: DockerClient, box: str) -> None:
    async def parts() -> AsyncIterator[bytes]:
        while True:
            yield bytes(10_000)

    assert await client.exec_container(box, ["head", "-c", "5"], stdin=parts()) == "\0" * 5


@pytest.mark.parametrize("command", [["head", "-c", "5"], ["none"]])
async def test_a_generator_is_closed_with_the_work(client: DockerClient, box: str, command: list[str]) -> None:
    """Even one that waits at its yield and that somebody still refers to."""
    closed = False

    async def parts() -> AsyncIterator[bytes]:
        nonlocal closed
        try:
            while True:
                yield bytes(1_000_000)
        finally:
            closed = True

    held = parts()
    await client.exec_container(box, command, stdin=held, check=False)
    assert closed


@pytest.mark.parametrize("stdin", [5, ["abc"], object()])
async def test_input_of_a_wrong_type(client: DockerClient, box: str, stdin: Any) -> None:
    with pytest.raises(InvalidArgument, match="stdin must be"):
        await client.exec_container(box, ["cat"], stdin=stdin)


@pytest.mark.parametrize("end", ["cancelled", "out of time", "the output's reader fails", "the input fails"])
@pytest.mark.parametrize("way", ["exec", "run"])
async def test_a_part_of_an_input_is_never_taken_for_all_of_it(
    client: DockerClient, image: str, container: str, name: Names, way: str, end: str
) -> None:
    ready = asyncio.Event()

    def printed(_: bytes) -> None:
        ready.set()
        if end == "the output's reader fails":
            raise NotImplementedError

    async def parts() -> AsyncIterator[bytes]:
        yield b"a part"
        await ready.wait()
        if end == "the input fails":
            raise NotImplementedError
        await asyncio.Event().wait()

    script = "echo; cat >/tmp/part; touch /tmp/whole"
    for limit in limits(1):
        mine = name() if way == "run" else container
        more: Any = {"shell": True, "stdin": parts(), "on_stdout": printed}
        if end == "out of time":
            more["timeout"] = limit
        if way == "run":
            work = asyncio.ensure_future(client.run_container(image, script, ["--name", mine], **more))
        else:
            work = asyncio.ensure_future(client.exec_container(mine, script, **more))
        if end == "cancelled":
            await asyncio.wait_for(ready.wait(), DEADLINE)
            work.cancel()
        with pytest.raises((asyncio.CancelledError, NotImplementedError, OperationTimeout)):
            await work
        if ready.is_set():
            break
    assert ready.is_set()
    assert not await client.file_exists(mine, "/tmp/whole")
