"""Run containers on an engine: python examples/hello.py [TARGET]

TARGET is a target of connect(): nothing for the engine of docker's command, a host from the
ssh config, ssh://user@host, unix:///path, tcp://host:port, context://name.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

from ml_nexus_go import CommandFailed, DockerClient, DockerError, connect

IMAGE = os.environ.get("MLNG_DEMO_IMAGE", "busybox")


async def run_one(client: DockerClient) -> None:
    result = await client.run_container(IMAGE, ["echo", "hello from a container"], ["--rm"])
    print(f"run_container printed: {result.stdout.strip()} (exit code {result.exit_code})")


async def train(client: DockerClient) -> None:
    script = "for epoch in 1 2 3; do echo epoch $epoch; sleep 0.2; done; echo trained >&2"

    def show(line: bytes) -> None:
        sys.stdout.write(f"  | {line.decode()}")

    print("A script's output as it comes:")
    result = await client.run_container(IMAGE, script, ["--rm"], shell=True, on_stdout=show)
    print(f"  and on stderr: {result.stderr.strip()}")


async def talk(client: DockerClient) -> None:
    process = await client.start_run(IMAGE, ["cat"], ["--rm", "-i"])
    process.stdin.write(b"sent to the container and back\n")
    process.stdin.write_eof()
    print("cat answered:", (await process.stdout.read()).decode().strip())
    await process.wait()


async def many(client: DockerClient) -> None:
    name = f"mlng-hello-{os.getpid()}"
    await client.run_container(IMAGE, ["sleep", "600"], ["-d", "--name", name])
    try:
        await client.wait_until_running(name, timeout=30)
        started = time.perf_counter()
        results = await asyncio.gather(*(client.exec_container(name, ["echo", str(n)]) for n in range(50)))
        print(
            f"{len(results)} execs at once took {time.perf_counter() - started:.2f} s; the last: {results[-1].strip()}"
        )
        try:
            await client.exec_container(name, ["ls", "/nowhere"])
        except CommandFailed as error:
            print(f"A failing command raises CommandFailed: exit code {error.exit_code}, {error.stderr.strip()}")
    finally:
        await client.remove_container(name, force=True)


async def main() -> None:
    async with connect(sys.argv[1] if len(sys.argv) > 1 else None) as client:
        version = await client.version()
        print(f"Docker Engine {version['Version']} (API {version['ApiVersion']}) at {client.target}")
        for job in (run_one, train, talk, many):
            await job(client)
    print("Nothing is left behind.")


try:
    asyncio.run(main())
except DockerError as failure:
    sys.exit(str(failure))
