"""Networks, against docker's command and the engine's documents."""

from __future__ import annotations

import json
import random
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ml_nexus_go import (
    Conflict,
    ContainerNotFound,
    DockerClient,
    InvalidArgument,
    Network,
    NetworkContainer,
    NotFound,
    Subnet,
)
from ml_nexus_go._results.documents import engine_time

from .support.bed import Engine
from .support.names import Names

pytestmark = pytest.mark.by_turns

MARK = "ml-nexus-go.creation"


def a_subnet() -> str:
    """The beginning of a subnet that hardly any other test has."""
    return f"10.{random.randint(160, 250)}.{random.randint(0, 255)}"


def agrees(network: Network, engine: Engine) -> None:
    """Compare a view field by field with docker inspect."""
    said: dict[str, Any] = json.loads(engine.docker("network", "inspect", network.id).stdout)[0]
    assert (network.id, network.name, network.driver, network.scope) == (
        said["Id"],
        said["Name"],
        said["Driver"],
        said["Scope"],
    )
    assert (network.internal, network.attachable, network.ipv6) == (
        said["Internal"],
        said["Attachable"],
        said["EnableIPv6"],
    )
    assert (network.labels, network.options) == (said["Labels"], said["Options"])
    assert network.created == engine_time(said["Created"])
    assert [
        {"Subnet": one.subnet, "Gateway": one.gateway, "IPRange": one.ip_range, "AuxiliaryAddresses": one.reserved}
        for one in network.subnets
    ] == [{"Gateway": None, "IPRange": None, "AuxiliaryAddresses": {}, **one} for one in said["IPAM"]["Config"]]
    if network.containers is None:
        return
    assert network.raw == said
    assert {one.id: (one.name, one.ip or "", one.ip6 or "", one.mac or "") for one in network.containers} == {
        key: (one["Name"], one["IPv4Address"], one["IPv6Address"], one["MacAddress"])
        for key, one in said["Containers"].items()
    }


async def test_a_network_is_what_docker_inspects(client: DockerClient, engine: Engine, name: Names) -> None:
    mine, begin = name.network(), a_subnet()
    subnet = Subnet(f"{begin}.0/24", f"{begin}.1", f"{begin}.128/25", {"router": f"{begin}.130"})
    options = {"com.docker.network.bridge.enable_icc": "false"}
    made = await client.create_network(
        mine, driver="bridge", options=options, labels={"a": "b c"}, internal=True, attachable=True, subnets=subnet
    )
    assert (made.name, made.driver, made.subnets, made.containers) == (mine, "bridge", (subnet,), ())
    assert (made.internal, made.attachable, made.ipv6, made.options["com.docker.network.bridge.enable_icc"]) == (
        True,
        True,
        False,
        "false",
    )
    assert {key: value for key, value in made.labels.items() if key != MARK} == {"a": "b c"}
    assert made.created is not None
    assert abs(made.created - datetime.now(timezone.utc)) < timedelta(minutes=5)
    agrees(made, engine)
    for same in (mine, made.id, made.id[:12]):
        assert await client.network(same) == made
    with pytest.raises(NotFound, match=made.id[:3]):
        await client.network(made.id[:3])
    listed = await client.networks(filters={"name": mine, "label": "a=b c", "driver": "bridge", "type": "custom"})
    assert [(one.id, one.containers) for one in listed] == [(made.id, None)]
    agrees(listed[0], engine)
    assert await client.networks(filters={"id": made.id, "label": ["a", "none"]}) == []
    await client.remove_network(mine)
    with pytest.raises(NotFound, match=mine):
        await client.network(mine)
    with pytest.raises(NotFound, match=mine):
        await client.remove_network(mine)


async def test_containers_in_a_network(client: DockerClient, engine: Engine, name: Names, image: str) -> None:
    mine, begin, one, two = name.network(), a_subnet(), name("one"), name("two")
    ip6 = f"fd00:{random.randint(1, 65535):x}:{random.randint(1, 65535):x}::"
    await client.create_network(mine, ipv6=True, subnets=[f"{begin}.0/24", Subnet(f"{ip6}/64")])
    await client.run_container(image, ["sleep", "3600"], ["-d", "--name", one])
    await client.run_container(image, ["sleep", "3600"], ["-d", "--name", two, "--network", mine])
    await client.connect_network(mine, one, aliases=["web", "www"], ip=f"{begin}.77", ip6=f"{ip6}77")
    network = await client.network(mine)
    agrees(network, engine)
    assert network.ipv6
    found = {container.name: container for container in network.containers or ()}
    assert set(found) == {one, two}
    container = (await client.inspect_container(one))["NetworkSettings"]["Networks"][mine]
    identity = (await client.container_state(one)).id
    assert found[one] == NetworkContainer(identity, one, f"{begin}.77/24", f"{ip6}77/64", container["MacAddress"])
    assert {"web", "www"} <= set(container["Aliases"])
    answer = await client.exec_container(two, ["ping", "-4", "-c", "1", "www"])
    assert f"{begin}.77" in answer.stdout
    with pytest.raises(Conflict, match=one):
        await client.connect_network(mine, one)
    with pytest.raises(Conflict, match=f"{mine}.*{one}, {two}") as failure:
        await client.remove_network(mine)
    assert failure.value.details["containers"] == [one, two]
    await client.disconnect_network(mine, one)
    with pytest.raises(Conflict, match="not connected"):
        await client.disconnect_network(mine, one)
    await client.disconnect_network(mine, two, force=True)
    assert (await client.network(mine)).containers == ()
    await client.stop_container(one, timeout=0)
    await client.connect_network(mine, one)
    await client.remove_network(mine)


async def test_names_and_addresses_that_are_none(client: DockerClient, name: Names, container: str) -> None:
    mine, begin = name.network(), a_subnet()
    made = await client.create_network(mine, subnets=f"{begin}.0/24")
    with pytest.raises(Conflict, match=mine):
        await client.create_network(mine)
    with pytest.raises(Conflict, match=r"(?i)overlap"):
        await client.create_network(name.network(), subnets=f"{begin}.0/25")
    for docker in ("bridge", "host"):
        with pytest.raises(Conflict, match=docker):
            await client.remove_network(docker)
    wrongs: list[tuple[Any, str]] = [
        ("10.1.0.0", "10.1.0.0"),
        ("10.1.0.1/16", "10.1.0.0/16"),
        ("fd00:7::/64", "ipv6=True"),
        (Subnet("10.1.0.0/16", "10.2.0.1"), "10.2.0.1"),
        (Subnet("10.1.0.0/16", None, "10.2.0.0/24"), "10.2.0.0/24"),
        ([5], "Subnet"),
    ]
    for wrong, said in wrongs:
        with pytest.raises(InvalidArgument, match=said):
            await client.create_network(name.network(), subnets=wrong)
    with pytest.raises(NotFound, match="mlng-none"):
        await client.create_network(name.network(), driver="mlng-none")
    for empty in ("", "..", "../containers", "a/b", "a\0b"):
        for ask in (client.create_network, client.network, client.remove_network):
            with pytest.raises(InvalidArgument, match="name"):
                await ask(empty)
    addresses: list[dict[str, Any]] = [{"ip": "10.1"}, {"ip": "::1"}, {"ip6": "10.1.2.3"}, {"aliases": [""]}]
    for keywords in addresses:
        with pytest.raises(InvalidArgument):
            await client.connect_network(mine, container, **keywords)
    for verb in (client.connect_network, client.disconnect_network):
        with pytest.raises(ContainerNotFound):
            await verb(mine, name())
        with pytest.raises(NotFound, match="mlng-none"):
            await verb("mlng-none", container)
    assert await client.network(mine) == made


async def test_pruning_networks(client: DockerClient, name: Names, image: str) -> None:
    label = {"mlng-t": uuid.uuid4().hex}
    filters = {"label": f"mlng-t={label['mlng-t']}"}
    free, used, stopped, kept = (name.network() for _ in range(4))
    for network in (free, used, stopped):
        await client.create_network(network, labels=label)
    await client.create_network(kept, labels={**label, "keep": ""})
    await client.run_container(image, ["sleep", "3600"], ["-d", "--name", name(), "--network", used])
    await client.run_container(image, ["true"], ["--name", name(), "--network", stopped])
    assert await client.prune_networks(filters={**filters, "until": "24h"}) == []
    assert await client.prune_networks(filters={**filters, "until": "24h"}, dry_run=True) == []
    without = {**filters, "label!": "keep"}
    assert await client.prune_networks(filters=without, dry_run=True) == sorted([free, stopped])
    assert (await client.network(free)).name == free
    assert sorted(await client.prune_networks(filters=without)) == sorted([free, stopped])
    assert {network.name for network in await client.networks(filters=filters)} == {used, kept}


async def test_filters_that_networks_do_not_have(client: DockerClient, name: Names) -> None:
    mine = name.network()
    await client.create_network(mine)
    wrongs: list[dict[str, Any]] = [
        {"foo": "bar"},
        {"name": "a"},
        {"label": "=x"},
        {"until": "tomorrow"},
        {"until": ["1h", "2h"]},
    ]
    for wrong in wrongs:
        for dry_run in (True, False):
            with pytest.raises(InvalidArgument, match=next(iter(wrong)) if wrong != {"until": "tomorrow"} else "age"):
                await client.prune_networks(filters=wrong, dry_run=dry_run)
    for wrong in ({"foo": "bar"}, {"until": "1h"}, {"dangling": "maybe"}):
        with pytest.raises(InvalidArgument, match=next(iter(wrong))):
            await client.networks(filters=wrong)
    assert (await client.network(mine)).name == mine
