"""What containers use: container_stats, stream_container_stats, stats."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime, timedelta, timezone

import pytest

from ml_nexus_go import (
    ContainerNotFound,
    ContainerNotRunning,
    ContainerStats,
    DockerClient,
    InvalidArgument,
)

from .support.bed import Engine
from .support.leaks import stats as open_things
from .support.names import Names
from .support.victim import do, victim
from .support.wait import DEADLINE

pytestmark = pytest.mark.by_turns

UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def read_size(shown: str) -> float:
    number = shown.rstrip("kKMGiB")
    return float(number) * UNITS[shown[len(number) :]]


def between(shown: str, before: float, after: float, decimals: int) -> bool:
    """Return whether docker shows a number of bytes between these, give or take how it rounds."""
    rounding = UNITS[shown[len(shown.rstrip("kKMGiB")) :]] * 0.51 / float(10**decimals)
    return before - rounding <= read_size(shown) <= after + rounding


def between_percents(shown: str, before: float, after: float, whole: float) -> bool:
    """Return whether docker shows a percentage of the whole between these."""
    return before / whole * 100 - 0.01 <= float(shown.rstrip("%")) <= after / whole * 100 + 0.01


@pytest.fixture
async def steady(client: DockerClient, image: str, name: Names) -> str:
    """A container that has used something and does nothing any more."""
    mine = name()
    script = "head -c 3000000 /dev/urandom >/tmp/file; trap 'exit 0' TERM; touch /ready; sleep 3600 & sleep 3600 & wait"
    await client.run_container(image, ["sh", "-c", script], ["-d", "--memory", "64m", "--name", mine])
    await client.exec_container(mine, "until [ -e /ready ]; do sleep 0.05; done", shell=True)
    return mine


async def test_the_figures_are_those_of_docker_stats(client: DockerClient, engine: Engine, steady: str) -> None:
    before = await client.container_stats(steady)
    asked = ("stats", "--no-stream", "--no-trunc", "--format", "json", steady)
    shown = json.loads((await asyncio.to_thread(engine.docker, *asked)).stdout)
    after = await client.container_stats(steady)
    assert (after.id, after.name) == (shown["ID"], shown["Name"])
    memory, limit = shown["MemUsage"].split(" / ")
    received, sent = shown["NetIO"].split(" / ")
    read, written = shown["BlockIO"].split(" / ")
    assert between(limit, 64 << 20, 64 << 20, 3)
    assert after.memory_limit == 64 << 20
    # The kernel counts pages in batches, and what the last exec had is given back at its leisure.
    least, most = sorted((before.memory, after.memory))
    assert between(memory, least - (128 << 10), most + (128 << 10), 3)
    assert between_percents(shown["MemPerc"], least - (128 << 10), most + (128 << 10), after.memory_limit)
    assert after.memory_percent == pytest.approx(after.memory / after.memory_limit * 100)
    assert between(received, before.network_received, after.network_received, 2)
    assert between(sent, before.network_sent, after.network_sent, 2)
    assert between(read, before.block_read, after.block_read, 2)
    assert between(written, before.block_written, after.block_written, 2)
    assert str(after.pids) == shown["PIDs"] == "3"
    assert abs(float(shown["CPUPerc"].rstrip("%")) - after.cpu_percent) < 1


async def test_a_sample_has_what_the_engine_says(client: DockerClient, steady: str) -> None:
    sample = await client.container_stats(steady)
    raw = sample.raw
    assert raw["id"] == sample.id
    used = raw["cpu_stats"]["cpu_usage"]["total_usage"] - raw["precpu_stats"]["cpu_usage"]["total_usage"]
    passed = raw["cpu_stats"]["system_cpu_usage"] - raw["precpu_stats"]["system_cpu_usage"]
    assert sample.cpu_percent == pytest.approx(used / passed * raw["cpu_stats"]["online_cpus"] * 100)
    cache = raw["memory_stats"]["stats"].get("total_inactive_file", raw["memory_stats"]["stats"]["inactive_file"])
    assert sample.memory == raw["memory_stats"]["usage"] - cache
    assert sample.network_received == sum(network["rx_bytes"] for network in raw["networks"].values())
    assert sample.network_sent == sum(network["tx_bytes"] for network in raw["networks"].values())
    assert abs(datetime.now(timezone.utc) - sample.read) < timedelta(minutes=1)
    assert isinstance(sample.cpu_percent, float)
    assert "precpu_stats" not in repr(sample)


async def test_a_busy_processor_shows(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, "while :; do :; done", ["-d", "--cpus", "0.3", "--name", mine], shell=True)
    async with aclosing(client.stream_container_stats(mine)) as samples:
        assert (await anext(samples)).cpu_percent > 0, "the first sample counts from the container's start"
        # How much it gets depends on what else runs on the machine, and a second may be measured badly.
        while not 0.1 < (await anext(samples)).cpu_percent < 50:
            pass


async def test_what_does_not_run_uses_nothing(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, ["true"], ["--name", mine])
    with pytest.raises(ContainerNotRunning, match="start it first") as failure:
        await client.container_stats(mine)
    assert failure.value.op == "container_stats"
    with pytest.raises(ContainerNotRunning):
        await anext(client.stream_container_stats(mine))
    for missing in (client.stream_container_stats(name()), client.stats([mine, name()])):
        with pytest.raises(ContainerNotFound):
            await anext(missing)
    with pytest.raises(ContainerNotFound):
        await client.container_stats(name())


async def test_bad_arguments_of_stats(client: DockerClient, box: str) -> None:
    for wrong in ({"filters": {"colour": "red"}}, {"containers": box, "filters": {"label": "a"}}, {"containers": ".."}):
        with pytest.raises(InvalidArgument):
            await anext(client.stats(**wrong))
    with pytest.raises(InvalidArgument, match="name one"):
        client.stats([])
    with pytest.raises(InvalidArgument):
        client.stats(5)  # type: ignore[arg-type]


async def test_it_ends_with_the_container(client: DockerClient, steady: str) -> None:
    seen = 0
    async for sample in client.stream_container_stats(steady):
        assert sample.name == steady
        seen += 1
        if seen == 1:
            await client.remove_container(steady, force=True)
    assert seen <= 3


async def sample_of(samples: AsyncIterator[ContainerStats], name: str) -> ContainerStats:
    async def first() -> ContainerStats:
        async for sample in samples:
            if sample.name == name:
                return sample
        raise AssertionError(f"there is no sample of {name}")

    return await asyncio.wait_for(first(), DEADLINE)


async def start(client: DockerClient, image: str, mine: str, *options: str) -> str:
    await client.run_container(image, ["sleep", "3600"], ["-d", *options, "--name", mine])
    return mine


async def test_containers_join_and_leave(client: DockerClient, image: str, name: Names) -> None:
    label = name("label")
    first = await start(client, image, name(), "--label", label)
    async with aclosing(client.stats(filters={"label": label})) as samples:
        await sample_of(samples, first)
        second = await start(client, image, name(), "--label", label)
        other = await start(client, image, name())
        await sample_of(samples, second)
        await client.rename_container(second, renamed := name())
        await sample_of(samples, renamed)
        await client.remove_container(first, force=True)
        for _ in range(3):
            await sample_of(samples, renamed)
        late = []
        for _ in range(3):
            late.append((await anext(samples)).name)
        assert late == [renamed] * 3, f"{first} is removed, and {other} does not pass the filter"


async def test_all_that_run(client: DockerClient, steady: str, box: str) -> None:
    async with aclosing(client.stats()) as samples:
        names = {steady, box}
        while names:
            names.discard((await anext(samples)).name)


async def test_named_ones_until_they_are_removed(client: DockerClient, steady: str) -> None:
    restarted = removed = False
    async for sample in client.stats(steady):
        assert sample.name == steady
        if not restarted:
            restarted = True
            await client.restart_container(steady, timeout=0)
            later = datetime.now(timezone.utc)
        elif sample.read > later and not removed:  # another sample may be on its way already
            removed = True
            await client.remove_container(steady, force=True)
    assert removed


async def test_a_slow_reader_gets_the_newest(client: DockerClient, steady: str) -> None:
    async with aclosing(client.stream_container_stats(steady)) as samples, aclosing(client.stats(steady)) as others:
        first = await anext(samples)
        for _ in range(4):
            last = await anext(others)
        assert last.read - first.read > timedelta(seconds=2)
        # What came meanwhile was read by nobody; one of these may have been on its way.
        newest = await anext(samples)
        assert newest.read >= last.read - timedelta(seconds=1.5)


async def test_nothing_is_left_of_it(client: DockerClient, steady: str) -> None:
    before = await open_things()

    async def ends_by(samples: AsyncGenerator[ContainerStats, None], how: str) -> None:
        await anext(samples)
        if how == "close":
            await samples.aclose()
            return
        task = asyncio.ensure_future(collect(samples))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def collect(samples: AsyncIterator[ContainerStats]) -> None:
        async for _ in samples:
            pass

    await asyncio.gather(
        *(
            ends_by(make(steady), how)
            for make in (client.stats, client.stream_container_stats)
            for how in ("close", "cancel")
        )
    )
    after = await open_things()
    assert after["operations"] == before["operations"]


@pytest.mark.engines("new")
@pytest.mark.connections("local")
async def test_the_engine_is_restarted(testbed: None, image: str) -> None:
    with victim() as engine:
        names = Names(engine)
        try:
            async with engine.connect() as client:
                mine = await start(client, image, names(), "--restart", "always")
                async with aclosing(client.stats()) as samples, aclosing(client.stream_container_stats(mine)) as one:
                    await sample_of(samples, mine)
                    await anext(one)
                    await do("restart")
                    again = datetime.now(timezone.utc)
                    while (await sample_of(samples, mine)).read < again:
                        pass
                    while (await anext(one)).read < again:
                        pass
        finally:
            names.clean()
