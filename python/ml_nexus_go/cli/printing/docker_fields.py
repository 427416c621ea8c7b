"""The fields that docker's ``--format`` has, by docker's names, of what commands list."""

from __future__ import annotations

from typing import Any

from ..._results.container_views import Container
from ..._results.events import Event
from ..._results.stats import ContainerStats
from .output import ago, bytes_size, quoted, short_id, shorten, size
from .ports import displayed
from .template import Both, Fields, Row

CONTAINERS = Fields(
    {
        "Command": "COMMAND",
        "CreatedAt": "CREATED AT",
        "ID": "CONTAINER ID",
        "Image": "IMAGE",
        "Labels": "LABELS",
        "LocalVolumes": "LOCAL VOLUMES",
        "Mounts": "MOUNTS",
        "Names": "NAMES",
        "Networks": "NETWORKS",
        "Platform": "PLATFORM",
        "Ports": "PORTS",
        "RunningFor": "CREATED",
        "Size": "SIZE",
        "State": "STATE",
        "Status": "STATUS",
    },
    labels=True,
)
STATS = Fields(
    {
        "BlockIO": "BLOCK I/O",
        "CPUPerc": "CPU %",
        "Container": "CONTAINER",
        "ID": "CONTAINER ID",
        "MemPerc": "MEM %",
        "MemUsage": "MEM USAGE / LIMIT",
        "Name": "NAME",
        "NetIO": "NET I/O",
        "PIDs": "PIDS",
    }
)
_EVENTS = "Action Actor.ID Actor.Attributes Actor.Attributes.* From ID Scope Status Time TimeNano Type"
EVENTS = Fields({name: name for name in _EVENTS.split()}, tables=False)


def container_row(one: Container, whole: bool) -> Row:
    """Return what docker ps knows of a container; ``whole`` shortens nothing."""
    mounts = [shorten(str(mount.name or mount.source), 15, whole) for mount in one.mounts]
    written = size(one.size or 0, 3) + (f" (virtual {size(one.total_size, 3)})" if one.total_size else "")
    fields = {
        "Command": quoted(shorten(one.command, 20, whole)),
        "CreatedAt": one.created.astimezone().strftime("%Y-%m-%d %H:%M:%S %z %Z"),
        "ID": short_id(one.id, whole),
        "Image": one.image if whole else _image(one),
        "Labels": ",".join(sorted(f"{name}={value}" for name, value in one.labels.items())),
        "LocalVolumes": str(sum(mount.driver == "local" for mount in one.mounts)),
        "Mounts": ",".join(mounts),
        "Names": ",".join(one.names) if whole else one.name,
        "Networks": ",".join(sorted(one.networks)),
        "Platform": _platform((one.raw.get("ImageManifestDescriptor") or {}).get("platform")),
        "Ports": displayed(one.raw.get("Ports") or ()),
        "RunningFor": ago(one.created),
        "Size": written,
        "State": one.state,
        "Status": one.status,
    }
    return Row(fields, one.labels)


def _platform(of: dict[str, Any] | None) -> Both:
    parts = (of or {}).get("os"), (of or {}).get("architecture"), (of or {}).get("variant")
    return Both("/".join(filter(None, parts)) if of else "<nil>", of)


def _image(one: Container) -> str:
    """Return an image as people name it: without the digest of a reference that has one."""
    short = short_id(one.image_id)
    if short == short_id(one.image):
        return short
    name = (one.image.partition("@")[0] or "<no image>").removeprefix("docker.io/")
    return name.removeprefix("library/") if name.count("/") == 1 else name


def stats_row(one: ContainerStats, whole: bool, asked: str = "") -> Row:
    """Return what docker stats knows of a container, which was asked for by a name or an ID."""
    fields = {
        "BlockIO": f"{size(one.block_read, 3)} / {size(one.block_written, 3)}",
        "CPUPerc": f"{one.cpu_percent:.2f}%",
        "Container": asked or short_id(one.id),
        "ID": short_id(one.id, whole),
        "MemPerc": f"{one.memory_percent:.2f}%",
        "MemUsage": f"{bytes_size(one.memory)} / {bytes_size(one.memory_limit)}",
        "Name": one.name or "--",
        "NetIO": f"{size(one.network_received, 3)} / {size(one.network_sent, 3)}",
        "PIDs": str(one.pids),
    }
    return Row(fields)


def event_row(one: Event) -> Row:
    """Return what docker events knows of an event, in the order of its JSON."""
    attributes = dict(sorted(one.attributes.items()))
    more = {name: one.raw.get(name) for name in ("status", "id", "from", "scope", "time", "timeNano")}
    document = {name: more[name] for name in ("status", "id", "from") if more[name]}
    document |= {"Type": one.type, "Action": one.action, "Actor": {"ID": one.actor_id, "Attributes": attributes}}
    document |= {name: more[name] for name in ("scope", "time", "timeNano") if more[name]}
    fields = {
        "Action": one.action,
        "Actor.ID": one.actor_id,
        "Actor.Attributes": Both(f"map[{' '.join(map(':'.join, attributes.items()))}]", attributes),
        "From": more["from"] or "",
        "ID": more["id"] or "",
        "Scope": one.scope,
        "Status": more["status"] or "",
        "Time": more["time"] or 0,
        "TimeNano": more["timeNano"] or 0,
        "Type": one.type,
    }
    return Row(fields, document=document)
