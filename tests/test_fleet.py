"""Fleets: many engines as one client."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import (
    ClientClosed,
    Conflict,
    ContainerNotFound,
    DockerClient,
    DockerError,
    InvalidArgument,
    OperationTimeout,
    RemoteDockerClient,
    RunOptions,
    SyncReport,
    Waiting,
    WaitingRun,
    blocking,
    connect,
)

from .support.bed import part
from .support.command import WORDS
from .support.fleet import together

Bed = Callable[[str], dict[str, Any]]
IMAGE = "mlng-busybox"


def docker(node: dict[str, Any], *words: str) -> str:
    """Run docker's command for a node and return what it prints."""
    argv = [part("docker-cli")["path"], "--host", node["host"], *words]
    return subprocess.run(argv, capture_output=True, check=True, text=True).stdout


def command(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run our command."""
    done = subprocess.run([*WORDS, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, done
    return done


@pytest.fixture
def bed(bed: Bed) -> Iterator[Bed]:
    """The testbed; nobody disturbs the fleet's nodes meanwhile."""
    with together("fleet-new"):
        yield bed


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
            assert refused.value.details["reason"] == "no_fleet"
            with pytest.raises(InvalidArgument, match="one engine"):
                await client.create_container(IMAGE, "true", words)
        assert (await client.run_container(IMAGE, "echo out", "--rm", queue_timeout=1)).stdout == "out\n"


def test_nodes_are_a_fleets() -> None:
    """The keyword means nothing to one engine."""
    with pytest.raises(InvalidArgument, match="nodes"):
        connect("gpu7", nodes={"a": "ssh://b"})
    with pytest.raises(InvalidArgument, match="nodes"):
        connect("swarm://gpu7", nodes={"a": 1})  # type: ignore[dict-item]


async def test_nodes_are_dockers(fleet: DockerClient, bed: Bed) -> None:
    """Field by field what docker's command says; runs take what they reserve, and what they wait for is told."""
    entry = bed("fleet-new")
    manager = entry["nodes"][0]
    name = f"mlng-fleet-{uuid.uuid4()}"
    await fleet.run_container(IMAGE, "sleep 600", f"-d --init=false --gpus 2 --cpus 0.5 -m 16m --name {name}")
    try:
        nodes = await fleet.nodes()
        assert [one.hostname for one in nodes] == [one["name"] for one in entry["nodes"]]
        theirs = json.loads(docker(manager, "node", "inspect", *(one.id for one in nodes)))
        for one, raw in zip(nodes, theirs, strict=True):
            described, resources = raw["Description"], raw["Description"]["Resources"]
            assert (one.id, one.role, one.availability) == (raw["ID"], raw["Spec"]["Role"], raw["Spec"]["Availability"])
            assert (one.state, one.address, one.schedulable) == ("ready", raw["Status"]["Addr"], True)
            assert one.leader == raw.get("ManagerStatus", {}).get("Leader", False)
            assert one.engine_version == described["Engine"]["EngineVersion"]
            assert (one.os, one.architecture) == (described["Platform"]["OS"], described["Platform"]["Architecture"])
            assert (one.cpus, one.memory) == (resources["NanoCPUs"] / 1e9, resources["MemoryBytes"])
            assert one.raw["Description"] == described
            assert one.gpus == 2
        assert nodes[0].target == manager["host"]
        assert nodes[1].target == f"ssh://{entry['nodes'][1]['ssh']['alias']}"
        (row,) = await fleet.containers(filters={"name": name})
        (has,) = (one for one in nodes if one.hostname == row.node)
        assert (has.cpus_reserved, has.memory_reserved, has.gpus_free) >= (0.5, 16 << 20, 0)
        (gpus,) = (one for one in has.devices if one.are_gpus)
        details = await fleet.container(name)
        (request,) = details.raw["HostConfig"]["DeviceRequests"]
        assert set(request["DeviceIDs"]) == set(gpus.reserved_names) == set(gpus.names)
        assert (gpus.free, gpus.free_names) == (0, ())
    finally:
        await fleet.remove_container(name, force=True)


def test_what_waits_is_told(bed: Bed) -> None:
    """Also what no client of this package has asked for. The command prints it."""
    nodes = bed("fleet-new")["nodes"]
    target = f"swarm+{nodes[0]['host']}"
    name = f"mlng-waits-{uuid.uuid4()}"
    asks = "--reserve-cpu 0.5 --reserve-memory 16m --generic-resource GPU=1 --constraint node.hostname==nosuch"
    docker(nodes[0], *f"service create -d --no-resolve-image --name {name} {asks} {IMAGE} true".split())
    try:
        with blocking.connect(target) as client:
            run: WaitingRun | None = None
            while run is None or not run.reason.startswith("no suitable node"):
                run = next((one for one in client.waiting_runs() if one.service == name), None)
        assert (run.name, run.host, run.cpus, run.memory, run.devices) == (None, None, 0.5, 16 << 20, {"GPU": 1})
        assert run.since.tzinfo is not None
        printed = command("fleet", "--host", target).stdout
        title, first, *_ = printed.splitlines()
        assert title.split()[:3] == ["NODE", "ROLE", "STATUS"]
        assert first.split()[:3] == [nodes[0]["name"], "leader", "ready"]
        assert re.search(rf"^{name} +1 GPU, 0.5 CPUs, 16.78MB +.* ago +no suitable node", printed, re.MULTILINE)
        lines = [json.loads(line) for line in command("fleet", "--host", target, "--json").stdout.splitlines()]
        assert [line["hostname"] for line in lines if line["kind"] == "node"] == [one["name"] for one in nodes]
        (line,) = (one for one in lines if one.get("service") == name)
        assert line["reason"].startswith("no suitable node")  # how many fail what may change
    finally:
        docker(nodes[0], "service", "rm", name)


@pytest.mark.parametrize("asking", [DockerClient.nodes, DockerClient.waiting_runs])
async def test_one_engine_is_no_fleet(asking: Callable[[DockerClient], Awaitable[object]]) -> None:
    """It is refused without asking the engine, which need not be there."""
    async with connect("unix:///nowhere.sock") as client:
        with pytest.raises(InvalidArgument, match="swarm://HOST") as refused:
            await asking(client)
    assert refused.value.details["reason"] == "no_fleet"
    assert (refused.value.op, refused.value.target) == (asking.__name__, "unix:///nowhere.sock")
    done = command("--host", "unix:///nowhere.sock", "fleet", code=1)
    assert done.stdout == ""
    assert "swarm://HOST" in done.stderr


async def test_a_place_holds_its_gpus(fleet: DockerClient, bed: Bed) -> None:
    """It is a client of its node; its runs get its GPUs, whoever asks for more is refused, and its end frees all."""
    gpus = {node["name"]: node["gpus"] for node in bed("fleet-new")["nodes"]}
    name = f"mlng-fleet-{uuid.uuid4()}"
    async with fleet.reserve(gpus="all", cpus=0.1, memory="16m", devices={"TUNNEL": 1}) as place:
        held = place.reservation
        assert sorted(held.gpus) == sorted(gpus[held.node])
        assert held.devices == {"TUNNEL": ("/dev/net/tun",)}
        assert (await place.info())["Name"] == held.node
        (node,) = [one for one in await fleet.nodes() if one.hostname == held.node]
        assert [kind.free for kind in node.devices] == [0, 0]
        used = []
        for _ in held.gpus:
            one = await place.run_container(IMAGE, "sleep 600", "-d --init=false --gpus 1 --rm")
            used += (await place.container(one.container_id)).raw["HostConfig"]["DeviceRequests"][0]["DeviceIDs"]
            await fleet.remove_container(one.container_id, force=True)
        assert len(used) == len(held.gpus)
        out = await place.run_container(
            IMAGE, "echo $DOCKER_RESOURCE_TUNNEL", f"--rm --gpus all --name {name}", shell=True
        )
        assert out.stdout == "/dev/net/tun\n"
        for words in ("--gpus 3", "--gpus device=GPU-other", "--constraint node.role==worker"):
            with pytest.raises(InvalidArgument):
                await place.run_container(IMAGE, "true", words)
        with pytest.raises(InvalidArgument, match="one engine"):
            async with place.reserve(gpus=1):
                pass
    with pytest.raises(ClientClosed):
        await place.ping()
    assert left_of(fleet, bed) == ""


async def test_a_place_that_is_given_up(fleet: DockerClient, bed: Bed) -> None:
    """The wait for it may be bounded, or cancelled; the place of a block that fails is free."""
    third = f"node.hostname=={bed('fleet-new')['nodes'][2]['name']}"
    with suppress(ZeroDivisionError):
        async with fleet.reserve(devices={"TUNNEL": "all"}, constraints=third):
            said: list[Waiting] = []
            with pytest.raises(OperationTimeout):
                async with fleet.reserve(devices={"TUNNEL": 1}, constraints=third, queue_timeout=1):
                    pass
            waits = asyncio.Event()

            def heard(event: Waiting) -> None:
                said.append(event)
                waits.set()

            async def wait() -> None:
                async with fleet.reserve(devices={"TUNNEL": 1}, constraints=[third], on_waiting=heard):
                    raise AssertionError("it is not free")

            waiting = asyncio.create_task(wait())
            await waits.wait()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert "no suitable node" in said[0].reason
            raise ZeroDivisionError
    with pytest.raises(InvalidArgument, match=r"node\.labels\.none"):
        async with fleet.reserve(constraints="node.labels.none==such"):
            pass
    assert left_of(fleet, bed) == ""


async def test_events_and_stats_are_those_of_all_nodes(fleet: DockerClient, bed: Bed) -> None:
    """Each with its node's name; the fleet's own containers have none."""
    names = [node["name"] for node in bed("fleet-new")["nodes"]]
    label = uuid.uuid4().hex
    boxes = {}
    began = datetime.now(timezone.utc)
    try:
        for node in names:
            box = f"mlng-fleet-{uuid.uuid4()}"
            words = f"-d --init=false --name {box} --label mine={label} --constraint node.hostname=={node}"
            boxes[box] = node
            await fleet.run_container(IMAGE, "sleep 600", words)
        measured: dict[str, str] = {}
        async with aclosing(fleet.stats(filters={"label": f"mine={label}"})) as samples:
            async for sample in samples:
                measured[sample.name] = sample.node
                if measured == boxes:
                    break
        async with aclosing(fleet.stats([*boxes][1:])) as samples:
            async for sample in samples:
                assert boxes[sample.name] == sample.node != names[0]
                break
        with pytest.raises(ContainerNotFound, match="no-such"):
            async for _ in fleet.stats([*boxes, "mlng-no-such"]):
                pass
        seen: dict[str, str] = {}
        filters = {"label": f"mine={label}", "event": "destroy"}
        async with aclosing(fleet.events(filters, since=began)) as events:
            await asyncio.gather(*(fleet.remove_container(box, force=True) for box in boxes))
            async for event in events:
                seen[event.attributes.get("name", "")] = event.node
                if seen.keys() >= boxes.keys():
                    break
        assert {box: seen[box] for box in boxes} == boxes
    finally:
        for box in boxes:
            with suppress(ContainerNotFound):
                await fleet.remove_container(box, force=True)


async def test_a_sync_goes_to_all_nodes(bed: Bed, tmp_path: Path) -> None:
    """Each node has its report, or its error, and one that fails keeps no other from it."""
    nodes = bed("fleet-new")["nodes"]
    folder = f"mlng-{uuid.uuid4()}"
    (tmp_path / "file").write_text("content")
    places = [Path(node["disk"]) / folder for node in nodes]
    fleet = connect(f"swarm://{nodes[0]['ssh']['alias']}", ssh_config=nodes[0]["ssh"]["ssh_config"])
    try:
        places[1].write_text("this is a file")
        done = await fleet.sync_to_nodes(f"{tmp_path}/file", f"/srv/{folder}/file", at_once=2)
        assert list(done) == [node["name"] for node in nodes]
        first, second, third = done.values()
        assert isinstance(first, SyncReport)
        assert first.files_sent == 1
        assert isinstance(second, DockerError)
        assert isinstance(third, SyncReport)
        assert [(place / "file").read_text() for place in (places[0], places[2])] == ["content"] * 2
        places[1].unlink()
        again = await fleet.sync_to_nodes(tmp_path, f"/srv/{folder}", nodes=[nodes[1]["node_id"], nodes[2]["name"]])
        assert [isinstance(one, SyncReport) and one.files_sent for one in again.values()] == [1, 0]
        with pytest.raises(InvalidArgument, match=nodes[0]["name"]):
            await fleet.sync_to_nodes(tmp_path, "/srv/none", nodes=["gpu99"])
    finally:
        await fleet.aclose()
        for place in places:
            shutil.rmtree(place, ignore_errors=True)
    async with connect(nodes[0]["host"]) as alone:
        with pytest.raises(InvalidArgument) as refused:
            await alone.sync_to_nodes(tmp_path, "/srv/none")
    assert refused.value.details["reason"] == "no_fleet"


def test_blocking_places(bed: Bed) -> None:
    """A block of a place's blocking client."""
    manager, *others = bed("fleet-new")["nodes"]
    nodes = {node["name"]: f"ssh://{node['ssh']['alias']}" for node in others}
    ssh_config = manager["ssh"]["ssh_config"]
    with blocking.connect(f"swarm+{manager['host']}", nodes=nodes, ssh_config=ssh_config) as client:
        with client.reserve(gpus=1) as place:
            assert isinstance(place, blocking.Place)
            assert len(place.reservation.gpus) == 1
            assert place.run_container(IMAGE, "echo out", "--rm --gpus all").stdout == "out\n"
        with pytest.raises(ClientClosed):
            place.ping()
        client.ping()


def left_of(client: DockerClient, bed: Bed) -> str:
    """Return the services of a client."""
    assert isinstance(client, RemoteDockerClient)
    mine = f"label=ml-nexus-go.session={client._request['session']}"
    return docker(bed("fleet-new")["nodes"][0], "service", "ls", "--quiet", "--filter", mine)
