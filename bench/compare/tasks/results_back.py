"""Bring a container's folder of results to this machine, as often as it grows: only what has changed travels."""

import io
import tarfile

from bench.compare.stage import Run, Stage

NOTES = {
    "ours": "What was deleted there is deleted here.",
    "docker_py": "Everything travels each time, and is in memory once. What was deleted there stays here.",
    "aiodocker": "The same.",
    "whales": "Everything travels each time. What was deleted there stays here.",
}


async def ours(client, container, local):
    await client.sync_from_container(container, "/results", local, delete=True)


def docker_py(client, container, local):
    chunks, _ = client.containers.get(container).get_archive("/results/.")
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        tar.extractall(local, filter="data")


async def aiodocker(client, container, local):
    with await client.containers.container(container).get_archive("/results/.") as tar:
        tar.extractall(local, filter="data")


def whales(client, container, local):
    client.copy((container, "/results/."), local)


async def check(stage: Stage, run: Run) -> None:
    local = stage.folder / stage.name()
    local.mkdir()
    async with stage.box("mkdir /results; exec sleep 3600") as box:
        for number in range(2):
            await stage.clients.ours.write_file(box, f"/results/{number}", f"{number}\n", parents=True)
            await run(box, local)
            found = {path.name: path.read_text() for path in local.iterdir()}
            assert found == {str(n): f"{n}\n" for n in range(number + 1)}
