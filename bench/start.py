"""What a program pays before its first operation."""

from __future__ import annotations

import os
import sys

from .kit import Kit, command, local_place, repository
from .line import AIODOCKER, DOCKER_PY, OURS, WHALES, Contender, Group, limit

start = Group("start")
GROUPS = [start]

IMPORT = {OURS: "ml_nexus_go", DOCKER_PY: "docker", AIODOCKER: "aiodocker", WHALES: "python_on_whales"}

_TIMED = """
import asyncio, sys, time
{before}
began = time.perf_counter()
{timed}
print(time.perf_counter() - began)
"""

_PING = {
    OURS: """
async def main():
    async with ml_nexus_go.connect({url!r}) as client:
        await client.ping()
        {then}
asyncio.run(main())""",
    DOCKER_PY: """
client = docker.DockerClient({url!r})
client.ping()
{then}""",
    AIODOCKER: """
async def main():
    async with aiodocker.Docker({url!r}) as client:
        await client.version()
        {then}
asyncio.run(main())""",
}

_RESIDENT = "print(next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmRSS')) / 1024)"


async def _python(code: str) -> float:
    env = {**os.environ, "PYTHONPATH": str(repository() / "python")}
    return float((await command(sys.executable, "-c", code, env=env)).split()[0])


def _import(name: str) -> Contender:
    async def sample(_: Kit) -> float:
        return await _python(_TIMED.format(before="", timed=f"import {IMPORT[name]}"))

    return sample


def _first_call(name: str) -> Contender:
    async def sample(_: Kit) -> float:
        timed = _PING[name].format(url=local_place().url, then="")
        return await _python(_TIMED.format(before=f"import {IMPORT[name]}", timed=timed))

    return sample


def _memory(name: str) -> Contender:
    async def sample(_: Kit) -> float:
        code = f"import asyncio, {IMPORT[name]}\n" + _PING[name].format(url=local_place().url, then=_RESIDENT)
        return await _python(code) - await _python("import asyncio\n" + _RESIDENT)

    return sample


start.line("import", {name: _import(name) for name in IMPORT}, rounds=7, targets=(limit("< 40 ms", 0.04),))
start.line("first call after the import", {name: _first_call(name) for name in _PING}, rounds=7,
           targets=(limit("< 10 ms", 0.01),))  # fmt: skip
start.line("memory of an idle client over bare Python", {name: _memory(name) for name in _PING}, rounds=5, unit="MB",
           targets=(limit("< 25 MB", 25.0),))  # fmt: skip
