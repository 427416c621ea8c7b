"""Pruning containers, and their ports."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ml_nexus_go import ContainerNotFound, ContainerPort, ContainerPruning, DockerClient, InvalidArgument

from .support.bed import Engine
from .support.names import Names

pytestmark = pytest.mark.by_turns


async def test_prune(client: DockerClient, engine: Engine, image: str, name: Names) -> None:
    label = f"mlng-prune={name()}"
    options = ["--label", label, "--name"]
    ended = await client.run_container(image, "echo 12345 > /file", [*options, name()], shell=True)
    kept = await client.run_container(image, ["true"], ["--label", "mlng-keep", *options, name()])
    running = await client.run_container(image, ["sleep", "3600"], ["-d", *options, name()])
    filters = {"label": [label], "label!": "mlng-keep"}
    told = await client.prune_containers(filters=filters, dry_run=True)
    assert told.deleted == (ended.container_id,)
    assert told.reclaimed > 0
    assert len((await client.prune_containers(filters={"label": label}, dry_run=True)).deleted) == 2
    assert await client.container_exists(ended.container_id)
    assert await client.prune_containers(filters={"label": label, "until": "24h"}) == ContainerPruning((), 0)
    assert await client.prune_containers(filters=filters) == told
    assert not await client.container_exists(ended.container_id)
    assert await client.container_exists(kept.container_id)
    assert await client.container_is_running(running.container_id)


async def test_prunes_wait_for_each_other(client: DockerClient, name: Names) -> None:
    filters = {"label": f"mlng-prune={name()}"}
    done = await asyncio.gather(*(client.prune_containers(filters=filters) for _ in range(10)))
    assert done == [ContainerPruning((), 0)] * 10


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("filters", "says"),
    [
        ({"name": "box"}, 'there is no filter "name" here: it must be one of until, label, label!'),
        ({"label": []}, 'the filter "label" has no value'),
        ({"label": "=b"}, "no label"),
        ({"until": "tomorrow"}, "neither a time nor an age"),
        ({"until": ["1h", "2h"]}, "given 2 times"),
        ({"label": 5}, "the filter 'label' must be a str or a list of str, not int"),
        ("label=a", "filters must be a dict, not str"),
    ],
)
async def test_filters_that_do_not_exist_remove_nothing(
    client: DockerClient, image: str, name: Names, dry_run: bool, filters: Any, says: str
) -> None:
    made = await client.create_container(image, options=["--name", name()])
    with pytest.raises(InvalidArgument) as failure:
        await client.prune_containers(filters=filters, dry_run=dry_run)
    assert says in str(failure.value)
    assert await client.container_exists(made)


async def test_ports(client: DockerClient, engine: Engine, image: str, name: Names) -> None:
    mine = name()
    published = ["-p", "127.0.0.1::80", "-p", "127.0.0.1::53/udp", "--expose", "9000"]
    await client.run_container(image, ["sleep", "3600"], ["-d", "--name", mine, *published])
    known = engine.api_get(f"/containers/{mine}/json")["NetworkSettings"]["Ports"]
    udp, tcp = int(known["53/udp"][0]["HostPort"]), int(known["80/tcp"][0]["HostPort"])
    assert await client.container_ports(mine) == [
        ContainerPort(53, "udp", "127.0.0.1", udp),
        ContainerPort(80, "tcp", "127.0.0.1", tcp),
        ContainerPort(9000, "tcp", None, None),
    ]
    assert engine.docker("port", mine, "80").stdout == f"127.0.0.1:{tcp}\n"
    await client.stop_container(mine, timeout=0)
    assert await client.container_ports(mine) == []
    with pytest.raises(ContainerNotFound):
        await client.container_ports(name())
