"""Write bytes to a file in a container, and read them back, without a file on this machine."""

import io
import tarfile
import tempfile
from pathlib import Path

from bench.compare.stage import Run, Stage

NOTES = {
    "ours": "In a container that runs, the file is replaced whole or not at all.",
    "docker_py": "A program that reads meanwhile may see half of the file.",
    "aiodocker": "The same.",
    "whales": "The same, and both ways go through a file on this machine: its `copy` takes paths only.",
}


async def ours(client, container, path, data):
    await client.write_file(container, path, data)
    return await client.read_file(container, path)


def docker_py(client, container, path, data):
    box = client.containers.get(container)
    folder, _, name = path.rpartition("/")
    with io.BytesIO() as archive:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        box.put_archive(folder, archive.getvalue())
    chunks, _ = box.get_archive(path)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        return tar.extractfile(name).read()


async def aiodocker(client, container, path, data):
    box = client.containers.container(container)
    folder, _, name = path.rpartition("/")
    with io.BytesIO() as archive:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        await box.put_archive(folder, archive.getvalue())
    with await box.get_archive(path) as tar:
        return tar.extractfile(name).read()


def whales(client, container, path, data):
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder, "file")
        local.write_bytes(data)
        client.copy(local, (container, path))
        client.copy((container, path), Path(folder, "back"))
        return Path(folder, "back").read_bytes()


async def check(stage: Stage, run: Run) -> None:
    data = bytes(range(256)) * 20
    async with stage.box() as box:
        assert await run(box, "/tmp/some file", data) == data
        assert await stage.clients.ours.exec_container(box, ["stat", "-c", "%s", "/tmp/some file"]) == "5120\n"
