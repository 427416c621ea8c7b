"""Files on a host through its engine alone: over TCP with TLS, or because the test says so."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ml_nexus_go import DockerClient, InvalidArgument, PathNotFound, Progress, connect

from .support.bed import Engine
from .support.program import started
from .support.wait import until

pytestmark = pytest.mark.connections("local")

MIB = 1 << 20


@pytest.fixture
async def over_tls(engine: Engine) -> AsyncIterator[DockerClient]:
    """A client that knows only the engine's TCP address."""
    async with connect(engine.entry["tcp"]["host"], environ=engine.tls_environ) as client:
        yield client


async def test_what_is_synced_can_be_mounted(over_tls: DockerClient, image: str, tmp_path: Path) -> None:
    source, there = tmp_path / "source", tmp_path / "new" / "there"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "a").write_text("one")
    (source / os.fsdecode(b"\xff")).write_bytes(b"two")
    report = await over_tls.sync_to_host(source, there, delete=True)
    assert (report.way, report.files_sent, report.bytes_sent, report.issues) == ("engine", 2, 6, [])
    assert await over_tls.run_container(image, ["cat", "/m/sub/a"], ["--rm", "-v", f"{there}:/m"]) == "one"
    again = await over_tls.sync_to_host(source, there, delete=True)
    assert (again.files_sent, again.unchanged) == (0, 2)
    await over_tls.mkdir_on_host(there / "more" / "folders")
    assert (there / "more" / "folders").is_dir()
    assert await over_tls.delete_on_host(there) == 6
    assert not there.exists()


async def test_a_large_file_there_and_back(over_tls: DockerClient, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(os.urandom(MIB) * 12)
    seen: list[Progress] = []
    there, back = tmp_path / "there", tmp_path / "back"
    await over_tls.upload_to_host(tmp_path / "big", there, checksum=True, progress=seen.append)
    assert seen[-1] == Progress(12 * MIB, 12 * MIB, 1)
    await over_tls.download_from_host(there, back, checksum=True, progress=seen.append)
    assert seen[-1] == Progress(12 * MIB, 12 * MIB, 1)
    assert back.read_bytes() == (tmp_path / "big").read_bytes()


async def test_mistakes(over_tls: DockerClient, tmp_path: Path) -> None:
    with pytest.raises(PathNotFound):
        await over_tls.download_from_host(tmp_path / "none", tmp_path / "x")
    for refused in ("/", "", "~", "relative", "/etc", f"{tmp_path}/../../../.."):
        with pytest.raises(InvalidArgument):
            await over_tls.delete_on_host(refused)


@pytest.mark.engines("new")
async def test_the_way_is_chosen(engine: Engine, tmp_path: Path) -> None:
    for wanted, way in {"auto": "local", "local": "local", "engine": "engine"}.items():
        async with engine.connect(host_files=wanted) as client:
            assert (await client.sync_to_host(tmp_path, tmp_path.parent / f"{tmp_path.name}-{wanted}")).way == way
    async with engine.connect(host_files="magic") as client:
        with pytest.raises(InvalidArgument, match="auto, local or engine"):
            await client.ping()


MOVE = """

import asyncio, sys, time
from ml_nexus_go import connect

async def main(target, source, there):
    async with connect(target, host_files="engine", reconnect_timeout=1) as client:
        print(client._request["session"], flush=True)
        moving = lambda progress: print(time.monotonic(), flush=True)
        await client.upload_to_host(source, there, progress=moving)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_killed_program_leaves_nothing(engine: Engine, client: DockerClient, tmp_path: Path) -> None:
    there = tmp_path / "there"
    with open(tmp_path / "huge", "wb") as huge:
        huge.truncate(20 << 30)
    with started(MOVE, engine.target, str(tmp_path / "huge"), str(there)) as program:
        assert program.stdout is not None
        session = (await asyncio.to_thread(program.stdout.readline)).strip()
        label = f"ml-nexus-go.session={session}"
        # Only an agent that runs removes what is incomplete.
        await until(lambda: engine.api_get("/containers/json", filters=json.dumps({"label": [label]})), "the agent")
        ready = time.monotonic() + 1
        while float(await asyncio.to_thread(program.stdout.readline)) < ready:
            pass
        program.send_signal(signal.SIGKILL)
        program.communicate()
    # The agent ends by itself; what never ran is an orphan.

    async def gone() -> bool:
        with engine.only_reaper():
            await client.reap()
        return not engine.labelled(label)

    await until(gone, "the end of the helper containers")
    left = [entry.name for entry in tmp_path.iterdir() if entry.name != "huge"]
    assert left == []
