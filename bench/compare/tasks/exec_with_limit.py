"""Run a command in a container with a time limit: it has ended when the call returns."""

import contextlib

from bench.compare.stage import Run, Stage

NOTES = {
    "docker_py": "It cannot end an exec: the image must have `timeout`, which leaves what the command started.",
    "aiodocker": "The same: cancelling the task leaves the process running.",
    "whales": "The same: ending `docker exec` leaves the process running.",
}


async def ours(client, container, command, seconds):
    await client.exec_container(container, command, timeout=seconds)


def docker_py(client, container, command, seconds):
    done = client.containers.get(container).exec_run(["timeout", str(seconds), *command])
    if done.exit_code:
        raise RuntimeError(f"exit code {done.exit_code}")


async def aiodocker(client, container, command, seconds):
    execution = await client.containers.container(container).exec(["timeout", str(seconds), *command])
    async with execution.start() as stream:
        while await stream.read_out() is not None:
            pass
    status = (await execution.inspect())["ExitCode"]
    if status:
        raise RuntimeError(f"exit code {status}")


def whales(client, container, command, seconds):
    client.execute(container, ["timeout", str(seconds), *command])


async def check(stage: Stage, run: Run) -> None:
    async with stage.box() as box:
        failed = True
        with contextlib.suppress(Exception):
            await run(box, ["sleep", "500"], 1)
            failed = False
        assert failed, "the limit was not noticed"
        assert "sleep 500" not in await stage.clients.ours.exec_container(box, ["ps"])
