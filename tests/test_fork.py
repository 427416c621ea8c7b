"""fork(), before and after the library was loaded."""

from __future__ import annotations

import pytest

from .support.bed import Engine
from .support.program import printed

pytestmark = pytest.mark.connections("local")

FORK = """
import asyncio, os, sys, pickle
from ml_nexus_go import connect, ForkedProcessError

async def ping(target):
    async with connect(target) as client:
        return (await client.ping()).os_type

def in_child(function):
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            answer = function()
        except BaseException as error:
            answer = repr(error)
        os.write(write, str(answer).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return os.read(read, 10000).decode()
"""


def test_a_program_that_has_only_imported_may_fork(engine: Engine) -> None:
    source = (
        FORK
        + """
print(in_child(lambda: asyncio.run(ping(sys.argv[1]))))
print(asyncio.run(ping(sys.argv[1])))
"""
    )
    assert printed(source, engine.host).split() == ["linux", "linux"]


def test_after_the_library_was_loaded_a_fork_gets_an_error(engine: Engine) -> None:
    source = (
        FORK
        + """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks with threads
assert asyncio.run(ping(sys.argv[1])) == "linux"
print(in_child(lambda: asyncio.run(ping(sys.argv[1]))))
print(asyncio.run(ping(sys.argv[1])))
"""
    )
    lines = printed(source, engine.host).splitlines()
    assert lines[0].startswith("ForkedProcessError(")
    assert "spawn" in lines[0]
    assert lines[1] == "linux"


def test_a_client_of_the_parent_gets_an_error_in_the_child_and_lives_on(engine: Engine) -> None:
    source = (
        FORK
        + """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)

async def main():
    async with connect(sys.argv[1]) as client:
        await client.ping()

        print(in_child(lambda: asyncio.run(client.ping())))
        print((await client.ping()).os_type)

asyncio.run(main())
"""
    )
    lines = printed(source, engine.host).splitlines()
    assert lines[0].startswith("ForkedProcessError(")
    assert lines[1] == "linux"
