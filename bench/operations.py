"""The everyday operations, by each contender. Groups make lines from them."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import tarfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from .kit import IMAGE, Kit
from .line import AIODOCKER, DOCKER_PY, FLOOR, OURS, TODAY, WHALES, Contender

PIPES = {"AttachStdout": True, "AttachStderr": True}
MEGABYTES = 300
PRINT = ["dd", "if=/dev/zero", "bs=1048576", f"count={MEGABYTES}", "status=none"]
TARGET = "/tmp/bench"


async def _ours_exec(kit: Kit) -> None:
    await kit.ours.exec_container(kit.box, ["true"])


async def _today_exec(kit: Kit) -> None:
    await kit.today("exec", kit.box, "true")


def _docker_py_exec(kit: Kit) -> None:
    assert kit.box_py.exec_run(["true"]).exit_code == 0


async def _aiodocker_exec(kit: Kit) -> None:
    assert await aiodocker_exec(kit, ["true"], lambda data: None) == 0


async def aiodocker_exec(kit: Kit, command: list[str], take: Callable[[bytes], object]) -> int:
    """Run a command, pass its output to ``take``, return the exit code."""
    execution = await kit.box_aio.exec(command)
    async with execution.start() as stream:
        while (message := await stream.read_out()) is not None:
            take(message.data)
    return int((await execution.inspect())["ExitCode"])


def _whales_exec(kit: Kit) -> None:
    kit.whales.execute(kit.box, ["true"])


async def _floor_exec(kit: Kit) -> float:
    return await kit.floor("exec", container=kit.box, command=["true"])


EXEC: dict[str, Contender] = {
    OURS: _ours_exec, TODAY: _today_exec, DOCKER_PY: _docker_py_exec, AIODOCKER: _aiodocker_exec,
    WHALES: _whales_exec, FLOOR: _floor_exec,
}  # fmt: skip


def execs(count: int, at_once: int) -> dict[str, Contender]:
    """``count`` execs, ``at_once`` of them at the same time."""

    def gathered(one: Callable[[Kit], Awaitable[None]]) -> Contender:
        async def run(kit: Kit) -> None:
            places = asyncio.Semaphore(at_once)

            async def placed() -> None:
                async with places:
                    await one(kit)

            await asyncio.gather(*(placed() for _ in range(count)))

        return run

    def threaded(one: Callable[[Kit], None]) -> Contender:
        def run(kit: Kit) -> None:
            with ThreadPoolExecutor(at_once) as pool:
                list(pool.map(lambda _: one(kit), range(count)))

        return run

    async def floor(kit: Kit) -> float:
        return await kit.floor("exec", container=kit.box, command=["true"], count=count, at_once=at_once)

    return {
        OURS: gathered(_ours_exec), TODAY: gathered(_today_exec), DOCKER_PY: threaded(_docker_py_exec),
        AIODOCKER: gathered(_aiodocker_exec), WHALES: threaded(_whales_exec), FLOOR: floor,
    }  # fmt: skip


async def _ours_run(kit: Kit) -> None:
    await kit.ours.run_container(IMAGE, ["true"], ["--rm"])


async def _today_run(kit: Kit) -> None:
    await kit.today("run", "--rm", IMAGE, "true")


def _docker_py_run(kit: Kit) -> None:
    kit.docker_py.containers.run(IMAGE, ["true"], remove=True)


async def _aiodocker_run(kit: Kit) -> None:
    config = {"Image": IMAGE, "Cmd": ["true"], **PIPES}
    container = await kit.aiodocker.containers.create(config)
    async with container.attach(stdout=True, stderr=True) as stream:
        await container.start()
        while await stream.read_out() is not None:
            pass
    assert (await container.wait())["StatusCode"] == 0
    await container.delete()


def _whales_run(kit: Kit) -> None:
    kit.whales.run(IMAGE, ["true"], remove=True)


async def _floor_run(kit: Kit) -> float:
    return await kit.floor("run", image=IMAGE, command=["true"])


RUN: dict[str, Contender] = {
    OURS: _ours_run, TODAY: _today_run, DOCKER_PY: _docker_py_run, AIODOCKER: _aiodocker_run,
    WHALES: _whales_run, FLOOR: _floor_run,
}  # fmt: skip


async def _ours_list(kit: Kit) -> None:
    assert kit.box in await kit.ours.list_containers()


async def _today_list(kit: Kit) -> None:
    rows = await kit.today("ps", "-a", "--format", "'{{json .}}'" if kit.place.ssh_config else "{{json .}}")
    assert kit.box in {json.loads(row)["Names"] for row in rows.splitlines()}


def _docker_py_list(kit: Kit) -> None:
    assert kit.docker_py.api.containers(all=True, size=True)


async def _aiodocker_list(kit: Kit) -> None:
    assert await kit.aiodocker.containers.list(all="true", size="true")


def _whales_list(kit: Kit) -> None:
    assert kit.whales.container.list(all=True)


async def _floor_list(kit: Kit) -> float:
    return await kit.floor("list")


# Each with the fields of docker ps, the sizes included.
LIST: dict[str, Contender] = {
    OURS: _ours_list, TODAY: _today_list, DOCKER_PY: _docker_py_list, AIODOCKER: _aiodocker_list,
    WHALES: _whales_list, FLOOR: _floor_list,
}  # fmt: skip


class _Counted:
    """Counts the bytes it gets, and checks the sum."""

    def __init__(self) -> None:
        self.total = 0

    def __call__(self, data: bytes) -> None:
        self.total += len(data)

    def check(self) -> None:
        if self.total != MEGABYTES << 20:
            raise RuntimeError(f"{self.total} bytes came")


async def _ours_stdout(kit: Kit) -> None:
    got = _Counted()
    await kit.ours.exec_container(kit.box, PRINT, on_stdout=got)
    got.check()


async def _today_stdout(kit: Kit) -> None:
    process = await asyncio.create_subprocess_exec(
        *kit.place.today, "exec", kit.box, *PRINT, stdout=asyncio.subprocess.PIPE, limit=1 << 20
    )
    assert process.stdout is not None
    got = _Counted()
    while data := await process.stdout.read(1 << 20):
        got(data)
    await process.wait()
    got.check()


def _docker_py_stdout(kit: Kit) -> None:
    got = _Counted()
    for data in kit.box_py.exec_run(PRINT, stream=True).output:
        got(data)
    got.check()


async def _aiodocker_stdout(kit: Kit) -> None:
    got = _Counted()
    await aiodocker_exec(kit, PRINT, got)
    got.check()


async def _floor_stdout(kit: Kit) -> float:
    return await kit.floor("exec", container=kit.box, command=PRINT)


STDOUT: dict[str, Contender] = {
    OURS: _ours_stdout, TODAY: _today_stdout, DOCKER_PY: _docker_py_stdout, AIODOCKER: _aiodocker_stdout,
    FLOOR: _floor_stdout,
}  # fmt: skip


def copy_of(name: str) -> dict[str, Contender]:
    """Copy ``kit.folder / name`` into the container."""

    async def ours(kit: Kit) -> None:
        await kit.ours.copy_to_container(kit.folder / name, kit.box, TARGET)

    async def today(kit: Kit) -> None:
        await kit.today("cp", str(kit.folder / name), f"{kit.box}:{TARGET}")

    def docker_py(kit: Kit) -> None:
        assert kit.box_py.put_archive(TARGET, _archive(kit.folder / name))

    async def aiodocker(kit: Kit) -> None:
        await kit.box_aio.put_archive(TARGET, _archive(kit.folder / name).getvalue())

    def whales(kit: Kit) -> None:
        kit.whales.copy(str(kit.folder / name), (kit.box, TARGET))

    async def floor(kit: Kit) -> float:
        return await kit.floor("copy", container=kit.box, source=str(kit.folder / name), target=TARGET)

    return {OURS: ours, TODAY: today, DOCKER_PY: docker_py, AIODOCKER: aiodocker, WHALES: whales, FLOOR: floor}


def _archive(path: Path) -> Any:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.add(path, arcname=path.name)
    out.seek(0)
    return out


async def empty_target(kit: Kit) -> None:
    """Empty the folder that copies go to."""
    await kit.ours.exec_container(kit.box, ["sh", "-c", f"rm -rf {TARGET} && mkdir -p {TARGET}"])
    await asyncio.to_thread(os.sync)  # or the next one pays for it


def big_file(kit: Kit) -> Path:
    """Make a file of 300 MB that no layer can shrink."""
    path = kit.folder / "big"
    with open("/dev/urandom", "rb") as random:
        block = random.read(1 << 20)
    with path.open("wb") as out:
        for number in range(MEGABYTES):
            out.write(number.to_bytes(8, "big") + block[8:])
    return path


def many_files(kit: Kit, count: int = 10_000) -> Path:
    """Make a folder with files of 1 KB, a hundred in each sub-folder."""
    top = kit.folder / "many"
    shutil.rmtree(top, ignore_errors=True)
    for number in range(count):
        folder = top / f"{number // 100:03}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:05}.txt").write_bytes(uuid.uuid4().bytes * 64)
    return top


@asynccontextmanager
async def something_to_copy(kit: Kit, make: Callable[[Kit], Path]) -> AsyncIterator[None]:
    """Call ``make`` for something to copy, and make an empty folder in the container."""
    path = await asyncio.to_thread(make, kit)
    await empty_target(kit)
    try:
        yield
    finally:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
