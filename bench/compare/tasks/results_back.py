"""Bring the folder of results back to this machine, as often as it grows: only what has changed travels."""

import io
import tarfile

from bench.compare.stage import Run, Stage

NOTES = {
    "docker_py": "Everything travels each time, and is in memory once. What is gone there stays here.",
    "aiodocker": "The same.",
    "whales": "Everything travels each time. What is gone there stays here.",
}


async def ours(client, container, on_host, local):
    await client.sync_from_host(on_host, local, delete=True)


def docker_py(client, container, on_host, local):
    chunks, _ = client.containers.get(container).get_archive("/results/.")
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        tar.extractall(local, filter="data")


async def aiodocker(client, container, on_host, local):
    with await client.containers.container(container).get_archive("/results/.") as tar:
        tar.extractall(local, filter="data")


def whales(client, container, on_host, local):
    client.copy((container, "/results/."), local)


async def check(stage: Stage, run: Run) -> None:
    on_host, local = stage.folder / stage.name(), stage.folder / stage.name()
    on_host.mkdir()
    local.mkdir()
    async with stage.box(volume={str(on_host): "/results"}) as box:
        for number in range(2):
            await stage.clients.ours.exec_container(box, ["sh", "-c", f"echo {number} > /results/{number}"])
            await run(box, str(on_host), local)
            found = {path.name: path.read_text() for path in local.iterdir()}
            assert found == {str(n): f"{n}\n" for n in range(number + 1)}
