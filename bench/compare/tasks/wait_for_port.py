"""Wait until a program in a container listens at a port, for at most so many seconds."""

import asyncio
import time

from python_on_whales import DockerException

from bench.compare.stage import Run, Stage

NOTES = {
    "docker_py": "Several requests for each look. A look that hangs has no limit.",
    "aiodocker": "Several requests for each look. A look that hangs goes on in the container.",
    "whales": "A `docker` process for each look. A look that hangs has no limit.",
}


async def ours(client, container, port, seconds):
    script = f"until nc -w 1 127.0.0.1 {port}; do sleep 0.1; done"
    await client.exec_container(container, script, shell=True, timeout=seconds)


def docker_py(client, container, port, seconds):
    box = client.containers.get(container)
    deadline = time.monotonic() + seconds
    while box.exec_run(["nc", "-w", "1", "127.0.0.1", str(port)]).exit_code:
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing listens at {port}")
        time.sleep(0.1)


async def aiodocker(client, container, port, seconds):
    box = client.containers.container(container)
    async with asyncio.timeout(seconds):
        while True:
            look = await box.exec(["nc", "-w", "1", "127.0.0.1", str(port)])
            async with look.start() as stream:
                while await stream.read_out() is not None:
                    pass
            if (await look.inspect())["ExitCode"] == 0:
                return
            await asyncio.sleep(0.1)


def whales(client, container, port, seconds):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return client.execute(container, ["nc", "-w", "1", "127.0.0.1", str(port)])
        except DockerException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


async def check(stage: Stage, run: Run) -> None:
    async with stage.box("sleep 0.7; exec nc -ll -p 8080 -e true") as box:
        began = time.monotonic()
        await run(box, 8080, 30)
        assert time.monotonic() - began > 0.2, "it did not wait"
