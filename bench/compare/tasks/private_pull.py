"""Pull an image from a registry that wants a password, without storing it."""

from bench.compare.stage import Run, Stage

NOTES = {
    "whales": "The docker command stores the password, without a credential helper unencrypted; so it logs out.",
}


async def ours(client, image, user, password):
    await client.pull_image(image, username=user, password=password)


def docker_py(client, image, user, password):
    client.images.pull(image, auth_config={"username": user, "password": password})


async def aiodocker(client, image, user, password):
    await client.images.pull(image, auth={"username": user, "password": password})


def whales(client, image, user, password):
    registry = image.split("/")[0]
    client.login(registry, user, password)
    try:
        client.pull(image, quiet=True)
    finally:
        client.logout(registry)


async def check(stage: Stage, run: Run) -> None:
    registry = stage.registry
    image = f"{registry['address']}/{stage.name()}:one"
    ours, login = stage.clients.ours, {"username": registry["username"], "password": registry["password"]}
    await ours.tag_image(stage.image, image)
    await ours.push_image(image, **login)
    await ours.remove_image(image)
    await run(image, registry["username"], registry["password"])
    await ours.remove_image(image)
