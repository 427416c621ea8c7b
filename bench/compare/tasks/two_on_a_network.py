"""Run a server and a client on a network of their own, the server under a name; leave nothing behind."""

from bench.compare.stage import Run, Stage
from ml_nexus_go import RunOptions

NOTES = {"aiodocker": "A run and the container's output are several calls."}


async def ours(client, image, server, command, name):
    await client.create_network(name)
    try:
        options = RunOptions(detach=True, rm=True, network=name, network_alias="server")
        box = await client.run_container(image, server, options)
        try:
            return await client.run_container(image, command, RunOptions(rm=True, network=name))
        finally:
            await client.remove_container(box.container_id, force=True)
    finally:
        await client.remove_network(name)


def docker_py(client, image, server, command, name):
    network = client.networks.create(name)
    try:
        alias = client.api.create_endpoint_config(aliases=["server"])
        box = client.containers.run(
            image, server, detach=True, remove=True, network=name, networking_config={name: alias}
        )
        try:
            return client.containers.run(image, command, remove=True, network=name).decode()
        finally:
            box.remove(force=True)
    finally:
        network.remove()


async def aiodocker(client, image, server, command, name):
    network = await client.networks.create({"Name": name})
    try:
        config = {
            "Image": image,
            "Cmd": server,
            "HostConfig": {"NetworkMode": name},
            "NetworkingConfig": {"EndpointsConfig": {name: {"Aliases": ["server"]}}},
        }
        box = await client.containers.run(config)
        try:
            config = {"Image": image, "Cmd": command, "HostConfig": {"NetworkMode": name}}
            asking = await client.containers.run(config)
            try:
                status = (await asking.wait())["StatusCode"]
                if status:
                    raise RuntimeError(f"exit code {status}")
                return "".join(await asking.log(stdout=True))
            finally:
                await asking.delete(force=True)
        finally:
            await box.delete(force=True)
    finally:
        await network.delete()


def whales(client, image, server, command, name):
    network = client.network.create(name)
    try:
        box = client.run(image, server, detach=True, remove=True, networks=[name], network_aliases=["server"])
        try:
            return client.run(image, command, remove=True, networks=[name])
        finally:
            box.remove(force=True)
    finally:
        network.remove()


async def check(stage: Stage, run: Run) -> None:
    name = stage.name()
    server = ["nc", "-ll", "-p", "8080", "-e", "echo", "hello"]
    command = ["sh", "-c", "until nc server 8080; do sleep 0.1; done"]
    assert (await run(stage.image, server, command, name)).strip() == "hello"
    assert name not in {network.name for network in await stage.clients.ours.networks()}
