"""Follow a container's log to its end, line by line, with the stream that each line came from."""

from bench.compare.stage import Run, Stage

NOTES = {
    "ours": "The log goes on after a lost connection; no line comes twice.",
    "docker_py": "Its `logs` mixes the streams, so this attaches. Pieces come, which may end within a line.",
    "aiodocker": "The same.",
}


async def ours(client, container, on_line):
    async for line in client.container_logs(container, follow=True, tagged=True):
        on_line(line.stream, line.text)


def docker_py(client, container, on_line):
    box = client.containers.get(container)
    for pieces in box.attach(stream=True, logs=True, demux=True):
        for stream, piece in zip(("stdout", "stderr"), pieces, strict=True):
            for line in (piece or b"").decode().splitlines():
                on_line(stream, line)


async def aiodocker(client, container, on_line):
    box = client.containers.container(container)
    async with box.attach(stdout=True, stderr=True, logs=True) as stream:
        while (message := await stream.read_out()) is not None:
            for line in message.data.decode().splitlines():
                on_line("stdout" if message.stream == 1 else "stderr", line)


def whales(client, container, on_line):
    for stream, line in client.logs(container, follow=True, stream=True):
        on_line(stream, line.decode().rstrip("\n"))


async def check(stage: Stage, run: Run) -> None:
    lines: list[tuple[str, str]] = []
    async with stage.box("echo one; sleep 0.4; echo two >&2; sleep 0.2; echo three") as box:
        await run(box, lambda stream, line: lines.append((stream, line)))
    assert lines == [("stdout", "one"), ("stderr", "two"), ("stdout", "three")]
