"""Run a command on two GPUs, and get its output line by line while it runs."""

from docker.types import DeviceRequest

from bench.compare.stage import Run, Stage
from ml_nexus_go import RunOptions

NOTES = {
    "docker_py": "The output is read from the engine's log. If this program is killed, the container stays.",
    "aiodocker": "Pieces of output come, which may end within a line.",
    "whales": "The quotes are docker's: without them, the second GPU is another field of a line of CSV.",
}


async def ours(client, image, command, gpus, on_line):
    await client.run_container(image, command, RunOptions(rm=True, gpus=gpus), on_line=on_line)


def docker_py(client, image, command, gpus, on_line):
    device = DeviceRequest(device_ids=[str(gpu) for gpu in gpus], capabilities=[["gpu"]])
    container = client.containers.run(image, command, device_requests=[device], detach=True)
    try:
        for line in container.logs(stream=True):
            on_line(line.decode().rstrip("\n"))
        status = container.wait()["StatusCode"]
        if status:
            raise RuntimeError(f"exit code {status}")
    finally:
        container.remove(force=True)


async def aiodocker(client, image, command, gpus, on_line):
    device = {"DeviceIDs": [str(gpu) for gpu in gpus], "Capabilities": [["gpu"]]}
    config = {
        "Image": image,
        "Cmd": command,
        "AttachStdout": True,
        "AttachStderr": True,
        "HostConfig": {"DeviceRequests": [device]},
    }
    container = await client.containers.create(config)
    try:
        async with container.attach(stdout=True, stderr=True) as stream:
            await container.start()
            rest = b""
            while (message := await stream.read_out()) is not None:
                *lines, rest = (rest + message.data).split(b"\n")
                for line in lines:
                    on_line(line.decode())
            if rest:
                on_line(rest.decode())
        status = (await container.wait())["StatusCode"]
        if status:
            raise RuntimeError(f"exit code {status}")
    finally:
        await container.delete(force=True)


def whales(client, image, command, gpus, on_line):
    device = f'"device={",".join(map(str, gpus))}"'
    for _, data in client.run(image, command, gpus=device, remove=True, stream=True):
        on_line(data.decode().rstrip("\n"))


async def check(stage: Stage, run: Run) -> None:
    stage.on_other_host()  # it has GPUs
    lines: list[str] = []
    command = ["sh", "-c", "echo GPUs $NVIDIA_VISIBLE_DEVICES; sleep 0.1; echo done"]
    await run(stage.image, command, [0, 1], lambda line: lines.append(str(line).rstrip("\n")))
    assert lines == ["GPUs 0,1", "done"]
