"""Print an image for the demo that the engine has: busybox, or one that is made here.

    python tools/demo_image.py [TARGET]           pull busybox, or else make mlng-demo
    python tools/demo_image.py --remove [TARGET]  remove mlng-demo again

If the engine cannot pull, mlng-demo is made from this machine's static busybox, as the
testbed makes its images: that needs no registry and no root.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import platform
import sys
import tarfile

from ml_nexus_go import DockerClient, DockerError, connect
from testbed import images
from testbed.errors import TestbedError

BUSYBOX, MADE = "busybox", "mlng-demo"
PATIENCE = 60.0  # seconds for a pull
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def pulled(client: DockerClient) -> bool:
    """Return whether the engine has busybox or can pull it."""
    if await client.image_exists(BUSYBOX):
        return True
    say(f"The engine does not have {BUSYBOX}: pulling it.")
    try:
        await client.pull_image(BUSYBOX, timeout=PATIENCE)
    except DockerError as error:
        say(f"It cannot be pulled ({error}): making an image of this machine's busybox instead.")
        return False
    return True


def archive(machine: str) -> bytes:
    """Return an archive as docker save writes it, with one layer and no history."""
    layer = io.BytesIO()
    images.busybox(layer)
    root = {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"]}
    config = {"architecture": machine, "os": "linux", "rootfs": root,
              "config": {"Env": [images.PATH.removeprefix("ENV ")], "Cmd": ["sh"]}}  # fmt: skip
    manifest = [{"Config": "config.json", "RepoTags": [f"{MADE}:latest"], "Layers": ["layer.tar"]}]
    out = io.BytesIO()
    with tarfile.TarFile(fileobj=out, mode="w") as tar:
        for name, data in (
            ("layer.tar", layer.getvalue()),
            ("config.json", json.dumps(config).encode()),
            ("manifest.json", json.dumps(manifest).encode()),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


async def make(client: DockerClient) -> None:
    """Give the engine an image made here."""
    here = MACHINES.get(platform.machine(), platform.machine())
    there = str((await client.version())["Arch"])
    if here != there:
        raise TestbedError(f"the engine's machine is {there} and this one is {here}: give the engine a busybox image")
    await client.load_image(archive(there))


async def main(words: list[str]) -> None:
    remove = words[:1] == ["--remove"]
    async with connect(*words[1 if remove else 0 :]) as client:
        if remove:
            if await client.image_exists(MADE):
                await client.remove_image(MADE)
        elif await pulled(client):
            print(BUSYBOX)
        else:
            await make(client)
            print(MADE)


try:
    asyncio.run(main(sys.argv[1:]))
except (DockerError, TestbedError) as failure:
    sys.exit(f"The demo has no image to run: {failure}")
