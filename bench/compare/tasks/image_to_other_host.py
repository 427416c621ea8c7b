"""Move an image to another host's engine, without a registry."""

import tempfile
from pathlib import Path

from bench.compare.stage import Run, Stage

NOTES = {
    "ours": "Layers that the other engine has are not sent, and nothing if it has the image.",
    "docker_py": "Always sends everything.",
    "aiodocker": "Always sends everything.",
    "whales": "Always sends everything, through a file on this machine.",
}


async def ours(client, other, image):
    await client.transfer_image(image, other)


def docker_py(client, other, image):
    other.images.load(client.images.get(image).save(named=True))


async def aiodocker(client, other, image):
    async with client.images.export_image(image) as archive:
        await other.images.import_image(archive)


def whales(client, other, image):
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "image.tar")
        client.save(image, output=archive)
        other.load(archive)


async def check(stage: Stage, run: Run) -> None:
    image, ours = f"{stage.name()}:one", stage.clients.ours
    await ours.build_image(stage.folder, image, dockerfile=f"FROM {stage.image}\nLABEL this={image}\n")
    try:
        await run(stage.other_client, image)
        assert await stage.other.ours.image_exists(image)
        await stage.other.ours.remove_image(image, force=True)
    finally:
        await ours.remove_image(image, force=True)
