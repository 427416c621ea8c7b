"""Fleets: many engines as one client."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from ml_nexus_go import (
    Conflict,
    DockerClient,
    InvalidArgument,
    OperationTimeout,
    RemoteDockerClient,
    RunOptions,
    Waiting,
    connect,
)

Bed = Callable[[str], dict[str, Any]]
IMAGE = "mlng-busybox"


@pytest.fixture
async def fleet(bed: Bed) -> AsyncIterator[DockerClient]:
    """A client of three engines: the manager by its socket, the others over SSH."""
    manager, second, third = bed("fleet-new")["nodes"]
    nodes = {node["name"]: f"ssh://{node['ssh']['alias']}" for node in (second, third)}
    async with connect(f"swarm+{manager['host']}", nodes=nodes, ssh_config=manager["ssh"]["ssh_config"]) as client:
        yield client
        await client.reap()  # frees the places of what has ended


async def test_runs_go_where_the_gpus_are(fleet: DockerClient, bed: Bed) -> None:
    """Output and exit code are the run's; the fleet says where its containers are."""
    gpus = {gpu: node["name"] for node in bed("fleet-new")["nodes"] for gpu in node["gpus"]}
    name = f"mlng-fleet-{uuid.uuid4()}"
    assert isinstance(fleet, RemoteDockerClient)
    await fleet.run_container(IMAGE, "sleep 600", f"-d --init=false --gpus 1 --name {name}")
    try:
        (row,) = await fleet.containers(filters={"name": name})
        details = await fleet.container(name)
        (request,) = details.raw["HostConfig"]["DeviceRequests"]
        (gpu,) = request["DeviceIDs"]
        assert gpus[gpu] == row.node == (await fleet.list_containers())[name]["Node"]
        result = await fleet.exec_container(name, ["sh", "-c", "echo out; exit 3"], check=False)
        assert (result.exit_code, result.stdout.strip()) == (3, "out")
        with pytest.raises(Conflict, match="in use"):
            await fleet.run_container(IMAGE, "true", f"--name {name}")
    finally:
        await fleet.remove_container(name, force=True)


async def test_what_a_fleet_refuses(fleet: DockerClient, bed: Bed) -> None:
    """What fits nowhere, and what concerns one host: before anything is done."""
    with pytest.raises(InvalidArgument, match="even when it is free") as fits:
        await fleet.run_container(IMAGE, "true", "--rm --gpus 99")
    assert fits.value.details["reason"] == "fits_nowhere"
    with pytest.raises(InvalidArgument, match="3 nodes") as alone:
        await fleet.volumes()
    assert (alone.value.details["reason"], alone.value.op) == ("needs_a_node", "volumes")
    manager, worker, _ = bed("fleet-new")["nodes"]
    async with connect(f"swarm+{worker['host']}") as client:
        with pytest.raises(InvalidArgument, match=manager["address"]) as refused:
            await client.ping()
    assert refused.value.details["reason"] == "not_a_manager"
    async with connect(f"swarm+{manager['host']}", nodes={"gpu99": "ssh://gpu99"}) as client:
        with pytest.raises(InvalidArgument, match=f"gpu99.*{worker['name']}") as unknown:
            await client.containers()
    assert unknown.value.details["reason"] == "no_such_node"


async def test_a_run_says_why_it_waits(fleet: DockerClient, bed: Bed) -> None:
    """To the caller as it waits, and in the error of a wait that took too long."""
    third = bed("fleet-new")["nodes"][2]["name"]
    words = [*RunOptions(rm=True, generic_resource={"TUNNEL": "all"}, constraint=f"node.hostname=={third}")]
    async with await fleet.start_run(IMAGE, "sleep 600", words):
        said: list[object] = []
        for limit in (2.0, 60.0):  # a busy manager may say nothing for a while
            with pytest.raises(OperationTimeout, match=f"within {limit:g}") as late:
                await fleet.run_container(IMAGE, "true", words, queue_timeout=limit, on_progress=said.append)
            if said:
                break
    assert isinstance(said[-1], Waiting)
    assert "no suitable node" in said[-1].reason
    assert late.value.details["waited_for"] == said[-1].reason
    result = await fleet.run_container(IMAGE, "echo $DOCKER_RESOURCE_TUNNEL", words, shell=True, queue_timeout=600)
    assert result.stdout.strip() == "/dev/net/tun"


async def test_one_engine_takes_no_constraint(bed: Bed) -> None:
    """It says so before anything is done; that it never waits is no error."""
    async with connect(bed("engine-new")["host"]) as client:
        for words in ("--constraint node.role==worker", "--generic-resource FPGA=1"):
            with pytest.raises(InvalidArgument, match="one engine") as refused:
                await client.run_container(IMAGE, "true", words)
            assert refused.value.details["reason"] == "not_a_fleet"
            with pytest.raises(InvalidArgument, match="one engine"):
                await client.create_container(IMAGE, "true", words)
        assert (await client.run_container(IMAGE, "echo out", "--rm", queue_timeout=1)).stdout == "out\n"


def test_nodes_are_a_fleets() -> None:
    """The keyword means nothing to one engine."""
    with pytest.raises(InvalidArgument, match="nodes"):
        connect("gpu7", nodes={"a": "ssh://b"})
    with pytest.raises(InvalidArgument, match="nodes"):
        connect("swarm://gpu7", nodes={"a": 1})  # type: ignore[dict-item]
