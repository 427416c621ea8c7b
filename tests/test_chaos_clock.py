"""The clock that chaos runs set: it is the library's, too."""

from __future__ import annotations

import pytest

from chaos import clock
from ml_nexus_go import DockerClient
from tests.support.bed import Engine
from tests.support.program import printed

PROGRAM = """
import asyncio, sys, time
from chaos import clock
from ml_nexus_go import connect

async def main():
    before = time.monotonic()
    clock.set_ahead(-86400)
    async with connect(sys.argv[1]) as client:
        await client.write_file(sys.argv[2], "/tmp/file", b"text")  # with the time that the library takes it to be
        written = (await client.stat_file(sys.argv[2], "/tmp/file")).mtime.timestamp()
    there = time.time()
    clock.set_ahead(0)
    print(time.time() - written > 86000, time.time() - there > 86000, time.monotonic() - before < 3600)

clock.prepare()
asyncio.run(main())
"""


@pytest.mark.skipif(not clock.can_jump(), reason="this machine's clock cannot be replaced")
async def test_the_clock_jumps_for_python_and_for_the_library(engine: Engine, client: DockerClient, box: str) -> None:
    assert printed(PROGRAM, engine.host, box) == "True True True\n"
