"""containers(): what the engine lists, field by field as docker's command shows it."""

from __future__ import annotations

import functools
import json
import pickle
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pytest

from ml_nexus_go import Container, ContainerNotFound, ContainerPort, DockerClient, InvalidArgument

from .support.bed import Engine
from .support.names import Names

pytestmark = pytest.mark.by_turns

# What a list and a description of one container both say.
SAME = ("id", "name", "names", "image", "image_id", "command", "state", "labels", "ports", "network_mode")


@dataclass
class Some:
    """Containers of many kinds, in many states, for all tests."""

    label: str
    folder: str  # that one of them has
    names: list[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, image: str) -> Iterator[Callable[[Engine], Some]]:
    """Make them once on each engine."""
    all_names: list[Names] = []

    @functools.cache
    def make(engine: str) -> Some:
        all_names.append(names := Names(Engine(engine)))
        return _make(Engine(engine), image, names, str(tmp_path_factory.mktemp("here")))

    yield lambda engine: make(engine.name)
    for names in all_names:
        names.clean()


def _make(engine: Engine, image: str, name: Names, folder: str) -> Some:
    kinds: list[tuple[list[str], list[str]]] = [
        (["-p", "127.0.0.1::80", "-p", "53/udp", "--expose", "90"], ["sleep", "3600"]),
        (["-v", f"{folder}:/here:ro", "-v", "/data", "--mount", "type=tmpfs,dst=/t"], ["sleep", "3600"]),
        (["--label", "a=b,c=d", "--label", "d"], ["sh", "-c", "echo 'a long \"command\" <ü>' & sleep 3600"]),
        (["--network", "none"], ["sleep", "3600"]),
        (["--network", "host", "--restart", "always"], ["sleep", "3600"]),
        (["--health-cmd", "false", "--health-interval", "1h"], ["sleep", "3600"]),
        ([], ["sh", "-c", "exit 3"]),
        ([], ["true"]),
    ]
    label = f"mlng-views={uuid.uuid4().hex}"
    names = []
    for options, command in kinds:
        names.append(mine := name())
        engine.docker("run", "-d", "--label", label, *options, "--name", mine, image, *command)
    engine.docker("wait", *names[-2:])
    names += [paused := name(), created := name()]
    engine.docker("run", "-d", "--label", label, "--name", paused, image, "sleep", "3600")
    engine.docker("pause", paused)
    engine.docker("create", "--label", label, "--name", created, image, "true")
    return Some(label, folder, names)


@pytest.fixture
def some(made: Callable[[Engine], Some], engine: Engine) -> list[str]:
    """Their names."""
    return made(engine).names


@pytest.fixture
def label(made: Callable[[Engine], Some], engine: Engine) -> str:
    """Their label."""
    return made(engine).label


def inspected(engine: Engine, *names: str) -> list[dict[str, Any]]:
    """What docker inspect prints."""
    found: list[dict[str, Any]] = json.loads(engine.docker("inspect", *names).stdout)
    return found


def shown(engine: Engine, label: str) -> dict[str, dict[str, str]]:
    """The rows of docker ps, by name."""
    done = engine.docker("ps", "-a", "--no-trunc", "--filter", f"label={label}", "--format", "{{json .}}")
    return {row["Names"]: row for row in map(json.loads, done.stdout.splitlines())}


def port_text(port: ContainerPort) -> str:
    """A port as docker ps prints it."""
    if port.host_port is None:
        return f"{port.port}/{port.protocol}"
    address = f"[{port.host_ip}]" if ":" in (port.host_ip or "") else port.host_ip
    return f"{address}:{port.host_port}->{port.port}/{port.protocol}"


def labels_of(row: dict[str, str]) -> list[str]:
    """The labels of a row of docker ps, which separates them by commas. One of them has a comma inside."""
    return [label.replace(";", ",") for label in row["Labels"].replace("a=b,c=d", "a=b;c=d").split(",")]


def steady(status: str) -> str:
    """A status without its age."""
    return " ".join(word for word in status.split() if word[0] in "(UEC" or word == "(Paused)")


async def test_each_field_is_that_of_docker_ps(
    client: DockerClient, engine: Engine, some: list[str], label: str
) -> None:
    listed = await client.containers({"label": label}, all=True)
    rows = shown(engine, label)
    assert [view.name for view in listed] == list(reversed(some))
    for view in listed:
        row = rows[view.name]
        assert view.id == row["ID"]
        assert len(view.id) == 64
        assert view.names == (view.name,)
        assert view.image == row["Image"]
        assert f'"{view.command}"' == row["Command"].replace('\\"', '"').replace("\\u003c", "<").replace("\\u003e", ">")
        assert view.state == row["State"]
        assert steady(view.status) == steady(row["Status"])
        assert sorted(f"{key}={value}" for key, value in view.labels.items()) == sorted(labels_of(row))
        assert ",".join(sorted(view.networks)) == ",".join(sorted(row["Networks"].split(",")))
        assert {mount.name or mount.source for mount in view.mounts} - {""} == set(
            filter(None, row["Mounts"].split(","))
        )
        assert view.created.strftime("%Y-%m-%d %H:%M:%S") == row["CreatedAt"][:19]
        assert view.size is view.total_size is None


async def test_each_field_is_that_of_docker_inspect(
    client: DockerClient, engine: Engine, some: list[str], label: str
) -> None:
    listed = {view.name: view for view in await client.containers({"label": [label]}, all=True)}
    for said in inspected(engine, *some):
        view = listed[said["Name"][1:]]
        assert view.id == said["Id"]
        assert view.image == said["Config"]["Image"]
        assert view.image_id == said["Image"]
        assert view.labels == said["Config"]["Labels"]
        assert view.state == said["State"]["Status"]
        assert view.network_mode == said["HostConfig"]["NetworkMode"]
        assert view.created == datetime.fromisoformat(said["Created"][:19]).replace(tzinfo=timezone.utc)
        mounts = {
            (m["Type"], m.get("Name"), m["Destination"], m.get("Driver"), m["Mode"], not m["RW"], m["Propagation"])
            for m in said["Mounts"]
        }
        assert mounts == {
            (m.type, m.name, m.destination, m.driver, m.mode, m.read_only, m.propagation) for m in view.mounts
        }
        for name, endpoint in said["NetworkSettings"]["Networks"].items():
            network = view.networks[name]
            assert (network.network_id or "") == endpoint["NetworkID"]
            assert (network.endpoint_id or "") == endpoint["EndpointID"]
            assert (network.ip_address or "") == endpoint["IPAddress"]
            assert network.prefix_length == endpoint["IPPrefixLen"]
            assert (network.gateway or "") == endpoint["Gateway"]
            assert (network.mac_address or "") == endpoint["MacAddress"]
        ports = {
            (key, binding.get("HostIp"), binding.get("HostPort"))
            for key, bindings in said["NetworkSettings"]["Ports"].items()
            for binding in bindings or [{}]
        }
        assert ports == {
            (f"{p.port}/{p.protocol}", p.host_ip, None if p.host_port is None else str(p.host_port)) for p in view.ports
        }


async def test_the_details_are_those_of_the_list_and_more(client: DockerClient, some: list[str], label: str) -> None:
    for view in await client.containers({"label": label}, all=True):
        details = await client.container(view.name)
        assert isinstance(details, Container)
        assert details.created.replace(microsecond=0) == view.created
        for field in (
            "id",
            "name",
            "names",
            "image",
            "image_id",
            "command",
            "state",
            "labels",
            "ports",
            "network_mode",
        ):
            assert getattr(details, field) == getattr(view, field), field
        assert details.networks.keys() == view.networks.keys()
        assert [mount.destination for mount in details.mounts] == [mount.destination for mount in view.mounts]


async def test_ports_and_mounts_have_types(
    client: DockerClient, engine: Engine, made: Callable[[Engine], Some], some: list[str], label: str
) -> None:
    by_name = {view.name: view for view in await client.containers({"label": label})}
    tcp = [port for port in by_name[some[0]].ports if port.port == 80]
    assert [(port.protocol, port.host_ip) for port in tcp] == [("tcp", "127.0.0.1")]
    assert isinstance(tcp[0].host_port, int)
    assert ContainerPort(90, "tcp", None, None) in by_name[some[0]].ports
    data, here, tmpfs = by_name[some[1]].mounts
    assert (here.type, here.source, here.destination, here.read_only) == ("bind", made(engine).folder, "/here", True)
    assert (data.type, data.driver, data.read_only) == ("volume", "local", False)
    assert data.name
    assert (tmpfs.type, tmpfs.name, tmpfs.source) == ("tmpfs", None, "")
    assert by_name[some[5]].health in ("starting", "unhealthy")
    assert by_name[some[0]].health is None


async def test_raw_is_the_engines_own_document(client: DockerClient, engine: Engine, container: str) -> None:
    [view] = await client.containers({"name": f"^{container}$"})
    [said] = engine.api_get("/containers/json", filters=json.dumps({"id": [view.id]}))
    for key in ("Id", "Names", "Image", "Command", "Created", "Labels", "Mounts", "State"):
        assert view.raw[key] == said[key], key
    assert pickle.loads(pickle.dumps(view)) == view
    assert hash(view) == hash(pickle.loads(pickle.dumps(view)))
    assert "SizeRw" not in view.raw


async def test_sizes_are_measured_when_asked_for(client: DockerClient, engine: Engine, container: str) -> None:
    await client.exec_container(container, ["dd", "if=/dev/zero", "of=/big", "bs=1M", "count=3"])
    [view] = await client.containers({"name": container}, sizes=True)
    [said] = engine.api_get("/containers/json", size="1", filters=json.dumps({"id": [view.id]}))
    assert (view.size, view.total_size) == (said["SizeRw"], said["SizeRootFs"])
    assert view.size is not None
    assert view.size >= 3 << 20


async def test_without_all_only_what_runs(client: DockerClient, some: list[str], label: str) -> None:
    running = [view.name for view in await client.containers({"label": label})]
    assert set(some) - set(running) == {some[6], some[7], some[9]}


FILTERS: list[tuple[dict[str, Any], set[int]]] = [
    ({"status": "paused"}, {8}),
    ({"status": ["paused", "created"]}, {8, 9}),
    ({"label": ["a=b,c=d"]}, {2}),
    ({"label": ["d", "a"]}, {2}),
    ({"expose": "90"}, {0}),
    ({"network": "none"}, {3}),
    ({"volume": "/data"}, {1}),
    ({"exited": ["3"]}, {6}),
    ({"exited": 3}, {6}),
    ({"exited": [3, "4"], "expose": 90}, set()),
    ({"label": ["mlng-none"]}, set()),
]


async def test_filters_are_dockers(client: DockerClient, engine: Engine, some: list[str], label: str) -> None:
    for filters, found in FILTERS:
        asked = {**filters, "label": [label, *filters.get("label", ())]}
        listed = {view.name for view in await client.containers(asked, all=True)}
        assert listed == {some[number] for number in found}, filters
        words = []
        for key, values in asked.items():
            words += [f"--filter={key}={value}" for value in (values if isinstance(values, list) else [values])]
        printed = engine.docker("ps", "-a", "--format", "{{.Names}}", *words).stdout.split()
        assert listed == set(printed), filters


@pytest.mark.parametrize(
    ("filters", "about"),
    [
        ({"colour": "red"}, '"colour"'),
        ({"lable": "a"}, '"lable"'),
        ({"label": []}, '"label"'),
        ({"status": "asleep"}, "asleep"),
        ({"exited": "often"}, "often"),
        ({"label": 5}, "'label'"),
        ({"exited": True}, "true"),
        ({"exited": [3.5]}, "'exited'"),
        ({"label": {"a": "b"}}, "'label'"),
        ({"label": [b"a"]}, "'label'"),
        ({5: "a"}, "a filter must be"),
        ("label=a", "must be a dict"),
    ],
)
async def test_wrong_filters_are_named(client: DockerClient, filters: Any, about: str) -> None:
    with pytest.raises(InvalidArgument, match=about):
        await client.containers(filters)


async def test_switches_are_switches(client: DockerClient) -> None:
    for keyword in ("all", "sizes"):
        with pytest.raises(InvalidArgument, match=keyword):
            await client.containers(**{keyword: "no"})  # type: ignore[arg-type]


async def test_since_a_container_that_does_not_exist(client: DockerClient, name: Names) -> None:
    missing = name()
    with pytest.raises(ContainerNotFound, match=missing) as failure:
        await client.containers({"since": missing})
    assert failure.value.op == "containers"
