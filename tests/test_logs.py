"""container_logs: lines as bytes."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ml_nexus_go import DockerClient, InvalidArgument, connect

from .support.bed import Engine
from .support.names import Names

pytestmark = pytest.mark.by_turns


async def lines(client: DockerClient, container: str, **keywords: Any) -> list[bytes]:
    return [line async for line in client.container_logs(container, **keywords)]


@pytest.fixture
async def printed(client: DockerClient, image: str, name: Names) -> str:
    """A container that has printed four lines, one of them to stderr, and half a line."""
    mine = name()
    script = "echo one; echo two >&2; echo; printf three"
    await client.run_container(image, ["sh", "-c", script], ["--name", mine])
    return mine


async def test_all_lines(client: DockerClient, printed: str) -> None:
    assert sorted(await lines(client, printed)) == [b"\n", b"one\n", b"three", b"two\n"]


async def test_one_of_the_streams(client: DockerClient, printed: str) -> None:
    assert await lines(client, printed, stderr=False) == [b"one\n", b"\n", b"three"]
    assert await lines(client, printed, stdout=False) == [b"two\n"]


async def test_tail(client: DockerClient, printed: str) -> None:
    assert await lines(client, printed, stderr=False, tail=1) == [b"three"]
    assert len(await lines(client, printed, tail="all")) == 4
    assert await lines(client, printed, tail=0) == []


async def test_since_and_until(client: DockerClient, printed: str) -> None:
    assert len(await lines(client, printed, since="1h")) == 4
    assert await lines(client, printed, since="2100-01-01T00:00:00Z") == []
    assert await lines(client, printed, until="2001-01-01T00:00:00Z") == []


async def test_timestamps(client: DockerClient, printed: str) -> None:
    (line,) = await lines(client, printed, tail=1, stderr=False, timestamps=True)
    moment, _, text = line.partition(b" ")
    assert text == b"three"
    assert moment.endswith(b"Z")


STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ")
LONG = "head -c 40000 /dev/zero | tr '\\0' x"  # the engine keeps it in pieces of 16 KiB


@pytest.mark.parametrize("driver", ["json-file", "local"])
@pytest.mark.parametrize("terminal", [False, True])
async def test_times_stand_only_before_lines(
    client: DockerClient, engine: Engine, image: str, name: Names, driver: str, terminal: bool
) -> None:
    mine = name()
    script = f"{LONG}; echo; echo short; {LONG}; sleep 0.2; {LONG}; echo; {LONG} >&2"
    options = ["-d", "--name", mine, "--log-driver", driver, *(["-t"] if terminal else [])]
    await client.run_container(image, script, options, shell=True)
    followed = await lines(client, mine, follow=True, timestamps=True)
    await client.wait_container(mine)
    plain = await lines(client, mine)
    # Before engine 23 the local driver loses the end of a long line, and the line after it goes on there.
    loses = driver == "local" and engine.api < (1, 42)
    if not loses:
        assert sorted(len(line.rstrip()) for line in plain) == [5, 40_000, 40_000, 80_000]
    for keywords in ({}, {"tail": 2}, {"stderr": False}):
        found = await lines(client, mine, timestamps=True, **keywords)
        if not (loses and terminal):
            assert [len(STAMP.findall(line)) for line in found] == [1] * len(found)
        assert [STAMP.sub(b"", line) for line in found] == await lines(client, mine, **keywords)
    assert sorted(followed) == sorted(await lines(client, mine, timestamps=True))


@pytest.mark.parametrize("timestamps", [False, True])
async def test_following_from_inside_a_long_line(
    client: DockerClient, image: str, name: Names, timestamps: bool
) -> None:
    mine = name()
    script = f"{LONG}; until [ -e /go ]; do echo tick >&2; sleep 0.1; done; {LONG}"
    await client.run_container(image, script, ["-d", "--name", mine], shell=True)
    while sum(map(len, await lines(client, mine, stderr=False))) < 2 * 16_384:
        pass
    ticks = len(await lines(client, mine, stdout=False))
    while len(await lines(client, mine, stdout=False)) == ticks:
        pass
    seen = []
    async for line in client.container_logs(mine, follow=True, tail=1, timestamps=timestamps):
        seen.append(line)
        if len(seen) == 1:
            await client.exec_container(mine, ["touch", "/go"])
    (rest,) = (line for line in seen if b"x" in line)
    # Two pieces of the line were there before, and the last lines do not hold them.
    assert STAMP.sub(b"", rest) == b"x" * (80_000 - 2 * 16_384)
    assert len(STAMP.findall(rest)) == int(timestamps)


@pytest.mark.parametrize("keywords", [{"tail": "some"}, {"tail": -5}, {"tail": True}, {"since": "yesterday"}])
async def test_bad_arguments(client: DockerClient, printed: str, keywords: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        await lines(client, printed, **keywords)


async def test_follow_until_the_end(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, "for i in 1 2 3; do echo $i; sleep 0.2; done", ["-d", "--name", mine], shell=True)
    assert await lines(client, mine, follow=True) == [b"1\n", b"2\n", b"3\n"]


async def test_following_gives_a_last_line_without_its_end(client: DockerClient, image: str, name: Names) -> None:
    """Engines before 23 withhold it while a log is followed."""
    mine = name()
    script = "mkfifo /go; echo 1; cat /go; printf 2; printf 3 >&2"
    await client.run_container(image, script, ["-d", "--name", mine], shell=True)
    seen = []
    async for line in client.container_logs(mine, follow=True):
        seen.append(line)
        if line == b"1\n":
            await client.exec_container(mine, "echo -n >/go", shell=True)
    assert seen[0] == b"1\n"
    assert sorted(seen[1:]) == [b"2", b"3"]


async def test_leaving_the_iteration_ends_the_following(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, "while :; do echo y; sleep 0.05; done", ["-d", "--name", mine], shell=True)
    async with aclosing(client.container_logs(mine, follow=True)) as following:
        async for line in following:
            assert line == b"y\n"
            break


async def test_cancelling_a_reader(client: DockerClient, container: str) -> None:
    reading = asyncio.ensure_future(lines(client, container, follow=True))
    await asyncio.sleep(0.2)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_a_long_line_comes_in_pieces(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, "head -c 3000000 /dev/zero | tr '\\0' x; echo", ["--name", mine], shell=True)
    pieces = await lines(client, mine)
    assert b"".join(pieces) == b"x" * 3_000_000 + b"\n"
    assert max(map(len, pieces)) <= 1 << 21


async def test_a_terminals_log(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, "echo a; echo b >&2", ["-t", "--name", mine], shell=True)
    assert await lines(client, mine) == [b"a\r\n", b"b\r\n"]


STREAMS = r"echo one; printf 'err\377\r\n' >&2; printf 'half \303\251'"


@pytest.mark.parametrize("driver", ["json-file", "local"])
async def test_tagged_lines(client: DockerClient, engine: Engine, image: str, name: Names, driver: str) -> None:
    mine = name()
    before = datetime.now(timezone.utc) - timedelta(seconds=1)
    await client.run_container(image, STREAMS, ["--name", mine, "--log-driver", driver], shell=True)
    found = [line async for line in client.container_logs(mine, tagged=True)]
    bad = b"err\xef\xbf\xbd\r\n" if driver == "json-file" else b"err\xff\r\n"  # as that driver keeps it
    # The engine reads the two streams each by itself: only within one is the order certain.
    assert sorted((line.stream, line.data, line.text) for line in found) == [
        ("stderr", bad, "err\ufffd"),
        ("stdout", "half é".encode(), "half é"),
        ("stdout", b"one\n", "one"),
    ]
    one, half = (line.time for line in found if line.stream == "stdout")
    assert before < one <= half < datetime.now(timezone.utc)
    shown = engine.docker("logs", "--timestamps", mine, errors="replace")
    written = [line.split(" ")[0] for line in (shown.stdout + "\n" + shown.stderr).splitlines()]
    assert sorted(line.timestamp for line in found) == sorted(written)
    assert [str(line) async for line in client.container_logs(mine, tagged=True, stdout=False)] == ["err\ufffd"]


async def test_a_terminals_log_has_one_stream(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, "echo a; echo b >&2", ["-t", "--name", mine], shell=True)
    found = [line async for line in client.container_logs(mine, tagged=True)]
    assert [(line.stream, line.data, line.text) for line in found] == [
        ("stdout", b"a\r\n", "a"),
        ("stdout", b"b\r\n", "b"),
    ]
    assert found[0].time <= found[1].time


@pytest.mark.connections("local")
async def test_the_pieces_of_a_long_tagged_line_have_its_time(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    script = "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo short"
    await client.run_container(image, script, ["--name", mine], shell=True)
    *pieces, short = [line async for line in client.container_logs(mine, tagged=True)]
    assert b"".join(piece.data for piece in pieces) == b"x" * 3_000_000 + b"\n"
    assert len({piece.timestamp for piece in pieces}) == 1
    assert pieces[0].time < short.time
    assert short.data == b"short\n"


async def test_since_and_until_as_times_and_ages(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    process = await client.start_run(image, ["cat"], ["-i", "--name", mine])
    assert process.stdin is not None
    for line in (b"1\n", b"2\n", b"3\n"):  # one after the other has come
        process.stdin.write(line)
        assert await process.stdout.readline() == line
    process.stdin.write_eof()
    await process.wait()
    found = [line async for line in client.container_logs(mine, tagged=True)]
    middle = found[1].time
    east = middle.astimezone(timezone(timedelta(hours=9)))
    for keywords, expected in (
        ({"since": middle}, [b"2\n", b"3\n"]),
        ({"since": east}, [b"2\n", b"3\n"]),
        ({"since": middle.astimezone().replace(tzinfo=None)}, [b"2\n", b"3\n"]),
        ({"since": found[1].timestamp}, [b"2\n", b"3\n"]),
        ({"since": middle.timestamp()}, [b"2\n", b"3\n"]),
        ({"until": middle}, [b"1\n"]),
        ({"since": middle, "until": found[2].time - timedelta(microseconds=1)}, [b"2\n"]),
        ({"since": timedelta(hours=1)}, [b"1\n", b"2\n", b"3\n"]),
        ({"until": timedelta(hours=1)}, []),
        ({"since": int(middle.timestamp()) - 60}, [b"1\n", b"2\n", b"3\n"]),
        ({"since": int(middle.timestamp()) + 60}, []),
        ({"since": ""}, [b"1\n", b"2\n", b"3\n"]),
    ):
        assert await lines(client, mine, **keywords) == expected, keywords


@pytest.mark.parametrize(
    ("keywords", "says"),
    [
        ({"since": datetime.min}, "since is not a time in UTC"),
        ({"since": timedelta(minutes=-10)}, "since is an age of -1 day, 23:50:00: it must not be negative"),
        ({"until": -5}, "until must be a datetime, a timedelta"),
        ({"until": float("nan")}, "until must be a datetime, a timedelta"),
        ({"since": [1]}, "since must be a datetime, a timedelta"),
        ({"since": " "}, "since is empty"),
        ({"since": "yesterday"}, "neither a time nor a duration"),
        ({"follow": "no"}, "follow must be True or False"),
        ({"tagged": 1}, "tagged must be True or False"),
        ({"timestamps": None}, "timestamps must be True or False"),
        ({"stdout": "stderr"}, "stdout must be True or False"),
        ({"tail": 1.5}, "tail must be a number of lines"),
    ],
)
async def test_arguments_that_are_refused_before_anything_is_sent(keywords: dict[str, Any], says: str) -> None:
    async with connect("unix:///mlng/nowhere") as nowhere:
        with pytest.raises(InvalidArgument, match=says):
            await lines(nowhere, "any", **keywords)
