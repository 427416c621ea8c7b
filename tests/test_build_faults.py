"""build_image: builds that are ended, concurrent builds, and faults during builds."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

import pytest

from ml_nexus_go import (
    BuildEvent,
    BuildLog,
    BuildResult,
    Conflict,
    ConnectionLost,
    DockerClient,
    InvalidArgument,
    OperationTimeout,
    PathNotFound,
)

from .support.bed import Engine, part
from .support.builds import context, fresh, processes
from .support.ends import kill
from .support.memory import GROWTH, MEASURE
from .support.names import Names
from .support.program import printed
from .support.relay import Relay
from .support.wait import DEADLINE, until

BOTH = pytest.mark.parametrize("builder", ["buildkit", "classic"])


class Sleeper:
    """A build whose first step makes and prints a word, and whose second sleeps, with a unique command line."""

    def __init__(self) -> None:
        self.seconds = str(random.randrange(10**8, 10**9))
        self.begun = asyncio.Event()
        self.text = ""

    def dockerfile(self) -> str:
        made = "cat /proc/sys/kernel/random/uuid | tee /made"
        return fresh(f"RUN {made}", f"RUN echo begun && sleep {self.seconds}")

    def __call__(self, event: BuildEvent) -> None:
        if isinstance(event, BuildLog):
            self.text += event.text
        if "begun" in self.text:
            self.begun.set()

    async def wait(self, build: asyncio.Task[BuildResult]) -> None:
        begun = asyncio.ensure_future(self.begun.wait())
        await asyncio.wait([begun, build], timeout=DEADLINE, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        assert not build.done(), build.result()  # raises its error
        # The words "begun" may be here before the shell has started what comes next.
        await until(lambda: processes(f"sleep {self.seconds}"), "the step sleeps")

    async def gone(self) -> None:
        await until(lambda: not processes(f"sleep {self.seconds}"), "the build's process is gone")


@BOTH
async def test_a_cancelled_build_stops_on_the_engine(client: DockerClient, tmp_path: Path, builder: str) -> None:
    sleeper = Sleeper()
    here = context(tmp_path / "c", sleeper.dockerfile())
    task = asyncio.ensure_future(client.build_image(here, on_progress=sleeper, builder=builder))
    await sleeper.wait(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await sleeper.gone()


async def test_a_timeout_stops_the_build(client: DockerClient, tmp_path: Path) -> None:
    sleeper = Sleeper()
    here = context(tmp_path / "c", sleeper.dockerfile())
    with pytest.raises(OperationTimeout):
        await client.build_image(here, on_progress=sleeper, timeout=10)
    await sleeper.gone()


async def test_closing_the_client_stops_the_build(client: DockerClient, tmp_path: Path) -> None:
    sleeper = Sleeper()
    here = context(tmp_path / "c", sleeper.dockerfile())
    task = asyncio.ensure_future(client.build_image(here, on_progress=sleeper))
    await sleeper.wait(task)
    await client.aclose()
    with pytest.raises(Exception, match="closed"):
        await task
    await sleeper.gone()


async def test_eight_at_once(client: DockerClient, tmp_path: Path, name: Names) -> None:
    shared = context(tmp_path / "shared", fresh("COPY . /all", "ARG N", "RUN echo $N >/n"), given="x")
    (shared / "large").write_bytes(os.urandom(1 << 20))

    async def one(number: int) -> tuple[str, BuildResult]:
        own = context(tmp_path / str(number), fresh("COPY . /all", "ARG N", "RUN echo $N >/n"), given="x")
        tag = name.image()
        return tag, await client.build_image(shared if number % 2 else own, tag, f"--build-arg N={number}")

    built = await asyncio.gather(*(one(number) for number in range(8)))
    for number, (tag, result) in enumerate(built):
        assert result == tag
        assert await client.run_container(tag, ["cat", "/n", "/all/given"], ["--rm"]) == f"{number}\nx"


@BOTH
async def test_a_context_that_changes_meanwhile(
    client: DockerClient, tmp_path: Path, name: Names, builder: str
) -> None:
    here = context(tmp_path / "c", fresh("COPY . /all"))
    for number in range(200):
        (here / f"file{number}").write_bytes(os.urandom(random.randrange(200_000)))
    stop = asyncio.Event()

    async def disturb() -> None:
        while not stop.is_set():
            victim = here / f"file{random.randrange(200)}"
            victim.unlink(missing_ok=True)
            await asyncio.sleep(0)
            victim.write_bytes(os.urandom(random.randrange(200_000)))
            await asyncio.sleep(0)

    disturbing = asyncio.create_task(disturb())
    outcome = await asyncio.gather(
        asyncio.wait_for(client.build_image(here, name.image(), builder=builder), DEADLINE), return_exceptions=True
    )
    stop.set()
    await disturbing
    # The classic builder's archive says how long a file is before its content: one that gets shorter is a Conflict.
    assert isinstance(outcome[0], (BuildResult, PathNotFound, InvalidArgument, Conflict)), outcome
    assert not isinstance(outcome[0], Conflict) or builder == "classic", outcome
    # Once nothing changes any more, the image has exactly what is there.
    tag = name.image()
    await client.build_image(here, tag, builder=builder)
    await client.copy_from_container(await _created(client, tag, name), "/all/.", tmp_path / "back")
    for path in here.iterdir():
        assert (tmp_path / "back" / path.name).read_bytes() == path.read_bytes(), path.name


async def _created(client: DockerClient, tag: str, name: Names) -> str:
    mine = name()
    await client.run_container(tag, ["true"], ["--name", mine])
    return mine


@pytest.mark.connections("local")
async def test_a_line_that_is_cut(engine: Engine, tmp_path: Path, name: Names) -> None:
    sshd = part("sshd")
    sleeper = Sleeper()
    here = context(tmp_path / "c", sleeper.dockerfile())
    config = tmp_path / "ssh_config"
    async with Relay(sshd["port"]) as relay:
        own = f"Host {sshd['alias']}\n  Port {relay.port}\n  HostKeyAlias [127.0.0.1]:{sshd['port']}\n"
        config.write_text(own + "\n" + Path(sshd["ssh_config"]).read_text())
        place = Engine(engine.name, "ssh")
        async with place.connect(ssh_config=config) as client:
            task = asyncio.ensure_future(client.build_image(here, on_progress=sleeper))
            await sleeper.wait(task)
            relay.cut()
            with pytest.raises(ConnectionLost, match="build again"):
                await asyncio.wait_for(task, DEADLINE)
            await sleeper.gone()
            text = (here / "Dockerfile").read_text()
            (here / "Dockerfile").write_text(text.replace(f"sleep {sleeper.seconds}", "true"))
            tag = name.image()
            await client.build_image(here, tag)
            # The finished step is not run again. Whether BuildKit calls it cached depends on how far it is with
            # ending the lost build: it may still have the step's result in its hands.
            made = await client.run_container(tag, ["cat", "/made"], ["--rm"])
            assert len(made.strip()) == 36  # a UUID
            assert made.strip() in sleeper.text, sleeper.text


@pytest.mark.slow
@pytest.mark.engines("new")
async def test_an_engine_that_is_restarted(engine: Engine, tmp_path: Path) -> None:
    sleeper = Sleeper()
    here = context(tmp_path / "c", sleeper.dockerfile())
    async with Engine("engine-victim", engine.connection).connect() as client:
        task = asyncio.ensure_future(client.build_image(here, on_progress=sleeper))
        await sleeper.wait(task)
        argv = (sys.executable, "-m", "testbed", "restart", "engine-victim")
        restart = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.DEVNULL)
        with pytest.raises(ConnectionLost):
            await asyncio.wait_for(task, DEADLINE)
        assert await restart.wait() == 0
        for process in processes(f"sleep {sleeper.seconds}"):
            kill(int(process))  # an engine that stops leaves a step's process behind
        (here / "Dockerfile").write_text((here / "Dockerfile").read_text().replace(sleeper.seconds, "0"))
        assert (await client.build_image(here)).cached_steps == 1


async def test_an_output_that_does_not_fit(client: DockerClient, tmp_path: Path) -> None:
    here = context(tmp_path / "c", "FROM scratch\nCOPY large /\n")
    (here / "large").write_bytes(bytes(1 << 20))
    with pytest.raises(InvalidArgument, match="/dev/full cannot be written"):
        await asyncio.wait_for(client.build_image(here, options="--output type=tar,dest=/dev/full"), DEADLINE)


BUILD = (
    MEASURE
    + """
async def main(target, here, tag, builder):
    async with connect(target) as client:
        await client.build_image(here, dockerfile="FROM scratch\\nCOPY small /", builder=builder)
        before = resident()
        await client.build_image(here, tag, builder=builder)
        print(peak() - before)

asyncio.run(main(*sys.argv[1:]))
"""
)


@BOTH
@pytest.mark.slow
@pytest.mark.engines("new")
async def test_a_large_context_takes_no_memory(engine: Engine, tmp_path: Path, name: Names, builder: str) -> None:
    here = context(tmp_path / "c", "FROM scratch\nCOPY large /\n", small="x")
    with (here / "large").open("wb") as large:
        large.truncate(2 << 30)
    growth = await asyncio.to_thread(printed, BUILD, engine.target, str(here), name.image(), builder, timeout=600)
    assert int(growth) < GROWTH
