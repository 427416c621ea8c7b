"""Limits of the process: open files, and address space."""

from __future__ import annotations

import pytest

from ml_nexus_go._abi.limits import NEEDED

from .support.bed import Engine
from .support.program import printed

pytestmark = [pytest.mark.connections("local"), pytest.mark.engines("new")]

HEAD = """
import asyncio, os, resource, subprocess, sys
from ml_nexus_go import DockerError, connect

async def ping(**keywords):
    async with connect(sys.argv[1], **keywords) as client:
        return (await client.ping()).os_type
"""


@pytest.mark.parametrize("soft", [256, 1000])
def test_children_of_python_have_the_soft_limit_of_open_files(engine: Engine, soft: int) -> None:
    source = f"""
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
assert hard > {soft}, hard
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, hard))
assert asyncio.run(ping()) == "linux"
assert resource.getrlimit(resource.RLIMIT_NOFILE) == ({soft}, hard)
print(subprocess.check_output("ulimit -n; ulimit -Hn", shell=True, text=True).split() == ["{soft}", str(hard)])
"""
    assert printed(HEAD + source, engine.host) == "True\n"


def test_a_limit_that_the_program_raises_itself_stays(engine: Engine) -> None:
    """Before the library is loaded, and after."""
    source = """
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
asyncio.run(ping())
assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
resource.setrlimit(resource.RLIMIT_NOFILE, (300, hard))
resource.setrlimit(resource.RLIMIT_NOFILE, (500, hard))
asyncio.run(ping())
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""
    assert printed(HEAD + source, engine.host) == "500\n"


def test_no_descriptor_left_says_what_to_do(engine: Engine) -> None:
    source = """
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))

def fill():
    taken = []
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        return taken

async def told(work):
    try:
        return await work
    except DockerError as error:
        return type(error).__name__, "ulimit -n" in str(error)

async def main():
    async with connect(sys.argv[1], reconnect_timeout=1) as client:
        taken = fill()
        print(await told(client.ping()))  # no descriptor for the queue
        for fd in taken:
            os.close(fd)
        print((await client.ping()).os_type)
        streams = await asyncio.gather(*(told(client.wait_until_running("mlng-never", 10)) for _ in range(90)))
        print(sorted(set(streams)))
        print((await client.ping()).os_type)

from ml_nexus_go._abi import native
native.library()
asyncio.run(main())
"""
    assert printed(HEAD + source, engine.host).splitlines() == [
        "('InternalError', True)",
        "linux",
        "[('EngineUnreachable', True), ('OperationTimeout', False)]",
        "linux",
    ]


ADDRESS_SPACE = """
with open("/proc/self/statm") as statm:
    used = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
more = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (used + more, used + more))
for _ in range(2):
    try:
        print(asyncio.run(ping()))
    except DockerError as error:
        print(type(error).__name__, "ulimit -v" in str(error))
"""


@pytest.mark.parametrize("more", [50 << 20, 600 << 20, 1000 << 20, NEEDED - (100 << 20)])
def test_too_little_address_space_is_an_error_and_no_trace_of_go(engine: Engine, more: int) -> None:
    assert printed(HEAD + ADDRESS_SPACE, engine.host, str(more)) == "InternalError True\n" * 2


def test_enough_address_space(engine: Engine) -> None:
    assert printed(HEAD + ADDRESS_SPACE, engine.host, str(NEEDED + (64 << 20))) == "linux\n" * 2
