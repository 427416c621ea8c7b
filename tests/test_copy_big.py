"""Files of 5 GB: flat memory, holes stay holes."""

from __future__ import annotations

from pathlib import Path

import pytest

from .support.bed import Engine
from .support.memory import GROWTH, MEASURE
from .support.program import printed

pytestmark = pytest.mark.connections("local")

SIZE = 5 * 10**9
SOURCE = (
    MEASURE
    + """
async def main(host, container, source, back):
    async with connect(host) as client:
        await client.exec_container(container, ["true"])
        before = resident()
        to = await client.copy_to_container(source, container, "/big")
        there = (await client.exec_container(container, "stat -c %s /big; tail -c 4 /big", shell=True)).split()
        back = await client.copy_from_container(container, "/big", back)
        print(to.bytes, *there, back.bytes, peak() - before)

asyncio.run(main(*sys.argv[1:]))
"""
)


@pytest.mark.slow
def test_five_gigabytes_there_and_back_with_flat_memory(engine: Engine, container: str, tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    with open(source, "wb") as file:
        file.truncate(SIZE - 4)
        file.seek(SIZE - 4)
        file.write(b"tail")
    to, size, tail, read, growth = printed(SOURCE, engine.host, container, str(source), str(back), timeout=1200).split()
    assert (int(to), int(size), tail, int(read)) == (SIZE, SIZE, "tail", SIZE)
    assert int(growth) < GROWTH, f"{int(growth) >> 20} MiB"
    with open(back, "rb") as file:
        file.seek(SIZE - 4)
        assert file.read() == b"tail"


def test_half_a_gigabyte_there_and_back_with_flat_memory(engine: Engine, container: str, tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    with open(source, "wb") as file:
        file.write(bytes(range(256)) * (1 << 12))
        file.truncate(500_000_000)
    to, size, *_, read, growth = printed(SOURCE, engine.host, container, str(source), str(back), timeout=600).split()
    assert (int(to), int(size), int(read)) == (500_000_000,) * 3
    assert int(growth) < GROWTH, f"{int(growth) >> 20} MiB"
