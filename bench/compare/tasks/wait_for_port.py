"""Wait until a program in a container listens at a port, for at most so many seconds."""

import time

from bench.compare.stage import Run, Stage

NOTES = {
    "docker_py": "The image must have `timeout`, as it cannot end an exec.",
    "aiodocker": "The same.",
    "whales": "The same.",
}


async def ours(client, container, port, seconds):
    script = f"until nc -w 1 127.0.0.1 {port}; do sleep 0.1; done"
    await client.exec_container(container, script, shell=True, timeout=seconds)


def docker_py(client, container, port, seconds):
    script = f"until nc -w 1 127.0.0.1 {port}; do sleep 0.1; done"
    done = client.containers.get(container).exec_run(["timeout", str(seconds), "sh", "-c", script])
    if done.exit_code:
        raise TimeoutError(f"nothing listens at {port}")


async def aiodocker(client, container, port, seconds):
    script = f"until nc -w 1 127.0.0.1 {port}; do sleep 0.1; done"
    execution = await client.containers.container(container).exec(["timeout", str(seconds), "sh", "-c", script])
    async with execution.start() as stream:
        while await stream.read_out() is not None:
            pass
    if (await execution.inspect())["ExitCode"]:
        raise TimeoutError(f"nothing listens at {port}")


def whales(client, container, port, seconds):
    script = f"until nc -w 1 127.0.0.1 {port}; do sleep 0.1; done"
    client.execute(container, ["timeout", str(seconds), "sh", "-c", script])


async def check(stage: Stage, run: Run) -> None:
    async with stage.box("sleep 0.7; exec nc -ll -p 8080 -e true") as box:
        began = time.monotonic()
        await run(box, 8080, 30)
        assert time.monotonic() - began > 0.2, "it did not wait"
