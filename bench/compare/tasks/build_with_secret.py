"""Build an image with a secret that a step reads and no layer keeps."""

from bench.compare.stage import Run, Stage
from ml_nexus_go import BuildOptions

CANNOT = {
    "docker_py": "It builds with the classic builder only, which has no secrets.",
    "aiodocker": "It builds with the classic builder only, which has no secrets.",
}
NOTES = {"whales": "Needs the docker command and its buildx plugin on this machine."}


async def ours(client, folder, tag, secret):
    await client.build_image(folder, tag, BuildOptions(secret={"id": "token", "src": secret}))


def whales(client, folder, tag, secret):
    client.buildx.build(folder, tags=tag, secrets=f"id=token,src={secret}", load=True)


async def check(stage: Stage, run: Run) -> None:
    folder, tag, secret = stage.folder / "context", stage.name(), stage.folder / "secret"
    folder.mkdir(exist_ok=True)
    secret.write_text("open sesame")
    step = "RUN --mount=type=secret,id=token wc -c < /run/secrets/token > /size"
    (folder / "Dockerfile").write_text(f"FROM {stage.image}\n{step}\n# {tag}\n")
    await run(folder, tag, secret)
    try:
        assert await stage.clients.ours.run_container(tag, ["cat", "/size"], ["--rm"]) == "11\n"
    finally:
        await stage.clients.ours.remove_image(tag, force=True)
