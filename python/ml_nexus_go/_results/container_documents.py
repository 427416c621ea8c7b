"""From the engine's documents to Container and ContainerDetails."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any, cast

from .container_details import ContainerConfig, ContainerDetails, ContainerHostConfig
from .container_views import Container, ContainerMount, ContainerNetwork, Health
from .containers import ContainerPort
from .documents import engine_time, environment, texts

Document = dict[str, Any]

_HEALTH = re.compile(r"\((?:health: )?(starting|healthy|unhealthy)\)")


def container_of(row: Document, sizes: bool) -> Container:
    """Return a container from its row in the engine's list."""
    names = _names(row["Names"])
    return Container(
        id=row["Id"],
        name=names[0],
        names=names,
        image=row["Image"],
        image_id=row["ImageID"],
        command=row["Command"],
        created=datetime.fromtimestamp(row["Created"], timezone.utc),
        state=row["State"],
        status=row["Status"],
        health=_listed_health(row["Status"]),
        labels=row["Labels"] or {},
        ports=_sorted_ports(map(_listed_port, row["Ports"] or ())),
        mounts=_mounts(row["Mounts"]),
        networks=_networks(row["NetworkSettings"]),
        network_mode=row["HostConfig"].get("NetworkMode", ""),
        # The engine leaves out a size of 0.
        size=row.get("SizeRw", 0) if sizes else None,
        total_size=row.get("SizeRootFs", 0) if sizes else None,
        raw=row,
        node=row.get("Node", ""),
    )


def details_of(document: Document) -> ContainerDetails:
    """Return a container from the engine's description of it."""
    config, host, state = document["Config"], document["HostConfig"], document["State"]
    settings = document["NetworkSettings"]
    created = engine_time(document["Created"])
    if created is None:
        raise ValueError("it was never created")
    return ContainerDetails(
        id=document["Id"],
        name=document["Name"].removeprefix("/"),
        names=_names([document["Name"]]),
        image=config["Image"],
        image_id=document["Image"],
        command=_command(document["Path"], document["Args"]),
        created=created,
        state=state["Status"],
        status=state["Status"],
        health=_health(state),
        labels=config["Labels"] or {},
        ports=_sorted_ports(_ports(settings.get("Ports") or {})),
        mounts=_mounts(document["Mounts"]),
        networks=_networks(settings),
        network_mode=host["NetworkMode"],
        size=document.get("SizeRw"),
        total_size=document.get("SizeRootFs"),
        raw=document,
        pid=state["Pid"] or None,
        exit_code=state["ExitCode"],
        oom_killed=state["OOMKilled"],
        error=state["Error"],
        started_at=engine_time(state["StartedAt"]),
        finished_at=engine_time(state["FinishedAt"]),
        restart_count=document["RestartCount"],
        config=_config(config),
        host_config=_host_config(host),
    )


def _config(config: Document) -> ContainerConfig:
    return ContainerConfig(
        command=texts(config["Cmd"]),
        entrypoint=texts(config["Entrypoint"]),
        env=environment(config["Env"]),
        working_dir=config["WorkingDir"],
        user=config["User"],
        hostname=config["Hostname"],
        tty=config["Tty"],
        open_stdin=config["OpenStdin"],
        stop_signal=config.get("StopSignal") or None,
        stop_timeout=config.get("StopTimeout"),
    )


def _host_config(host: Document) -> ContainerHostConfig:
    pids = host.get("PidsLimit") or 0
    return ContainerHostConfig(
        network_mode=host["NetworkMode"],
        restart_policy=host["RestartPolicy"]["Name"] or "no",
        restart_retries=host["RestartPolicy"]["MaximumRetryCount"],
        auto_remove=host["AutoRemove"],
        privileged=host["Privileged"],
        read_only=host["ReadonlyRootfs"],
        init=host.get("Init"),
        memory=host["Memory"] or None,
        cpus=host["NanoCpus"] / 1e9 if host["NanoCpus"] else None,
        pids_limit=pids if pids > 0 else None,  # -1 means no limit, too
        shm_size=host["ShmSize"],
        binds=texts(host["Binds"]),
        cap_add=texts(host["CapAdd"]),
        cap_drop=texts(host["CapDrop"]),
        security_opt=texts(host["SecurityOpt"]),
        pid_mode=host["PidMode"],
        ipc_mode=host["IpcMode"],
        runtime=host["Runtime"],
        log_driver=host["LogConfig"]["Type"],
    )


def _names(names: Iterable[str] | None) -> tuple[str, ...]:
    """Return names without the leading slash, the container's own first: others have a slash inside."""
    stripped = [name.removeprefix("/") for name in names or ()]
    return tuple(sorted(stripped, key=lambda name: "/" in name)) or ("",)


def _command(path: str, arguments: list[str]) -> str:
    """Return a command as the engine's lists show it."""
    return " ".join([path, *(f"'{word}'" if " " in word else word for word in arguments)])


def _listed_health(status: str) -> Health | None:
    found = _HEALTH.search(status)
    return cast("Health", found[1]) if found else None


def _health(state: Document) -> Health | None:
    status = (state.get("Health") or {}).get("Status")
    return None if status == "none" else status


def _listed_port(port: Document) -> ContainerPort:
    host_port = port.get("PublicPort")
    return ContainerPort(port["PrivatePort"], port["Type"], port.get("IP") if host_port else None, host_port or None)


def _ports(ports: dict[str, list[Document] | None]) -> Iterable[ContainerPort]:
    for name, bindings in ports.items():
        number, _, protocol = name.partition("/")
        if not bindings:
            yield ContainerPort(int(number), protocol, None, None)
        for binding in bindings or ():
            yield ContainerPort(int(number), protocol, binding["HostIp"], int(binding["HostPort"] or 0) or None)


def _sorted_ports(ports: Iterable[ContainerPort]) -> tuple[ContainerPort, ...]:
    return tuple(sorted(ports, key=lambda one: (one.port, one.protocol, one.host_ip or "", one.host_port or 0)))


def _mounts(mounts: list[Document] | None) -> tuple[ContainerMount, ...]:
    made = [
        ContainerMount(
            type=mount["Type"],
            name=mount.get("Name") or None,
            source=mount["Source"],
            destination=mount["Destination"],
            driver=mount.get("Driver") or None,
            mode=mount["Mode"],
            read_only=not mount["RW"],
            propagation=mount["Propagation"],
        )
        for mount in mounts or ()
    ]
    return tuple(sorted(made, key=lambda mount: mount.destination))


def _networks(settings: Document | None) -> dict[str, ContainerNetwork]:
    return {name: _network(endpoint) for name, endpoint in ((settings or {}).get("Networks") or {}).items()}


def _network(endpoint: Document) -> ContainerNetwork:
    return ContainerNetwork(
        network_id=endpoint["NetworkID"] or None,
        endpoint_id=endpoint["EndpointID"] or None,
        ip_address=endpoint["IPAddress"] or None,
        prefix_length=endpoint["IPPrefixLen"],
        gateway=endpoint["Gateway"] or None,
        ipv6_address=endpoint["GlobalIPv6Address"] or None,
        ipv6_prefix_length=endpoint["GlobalIPv6PrefixLen"],
        ipv6_gateway=endpoint["IPv6Gateway"] or None,
        mac_address=endpoint["MacAddress"] or None,
        aliases=texts(endpoint["Aliases"]),
    )
