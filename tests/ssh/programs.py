"""Programs that tests kill: python -m tests.ssh.programs NAME SOCKET CONFIG CONTAINER..."""

from __future__ import annotations

import asyncio
import signal
import sys

from ml_nexus_go import DockerClient, connect

COUNT = 'i=0; while [ $i -lt 200 ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); sleep 0.05; done; exit 7'


async def durable(client: DockerClient, container: str) -> None:
    """Begin a durable exec, print its ID and the lines read."""
    process = await client.start_exec(container, COUNT, shell=True, durable=True)
    print(process.exec_id, flush=True)
    while line := await process.stdout.readline():
        print(line.decode(), end="", flush=True)


async def orphans(client: DockerClient, kept: str, removed: str, detached: str) -> None:
    """Leave containers behind: attached ones, with and without --rm, and a detached one."""
    await client.run_container("mlng-busybox", ["sleep", "600"], ["-d", "--name", detached])
    left = await client.start_run("mlng-busybox", "echo up; exec sleep 600", ["--name", kept], shell=True)
    gone = await client.start_run("mlng-busybox", "echo up; exec sleep 600", ["--rm", "--name", removed], shell=True)
    await left.stdout.readline()
    await gone.stdout.readline()
    print("up", flush=True)
    await left.wait()


async def run(client: DockerClient, container: str) -> None:
    """Run until Ctrl-C."""

    def tell(_: bytes) -> None:
        print("up", flush=True)

    longer = COUNT.replace("200", "2000")
    await client.run_container("mlng-busybox", longer, ["--rm", "--name", container], shell=True, on_stdout=tell)


async def ping(client: DockerClient) -> None:
    """Connect."""
    print("up", flush=True)
    await client.ping()


async def main(name: str, target: str, config: str, *names: str) -> None:
    """Run one of the programs above."""
    async with connect(target, ssh_config=config) as client:
        await {"durable": durable, "orphans": orphans, "run": run, "ping": ping}[name](client, *names)  # type: ignore[operator]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background
    asyncio.run(main(*sys.argv[1:]))
