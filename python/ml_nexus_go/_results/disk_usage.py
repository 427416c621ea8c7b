"""What is on the engine's disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from .container_documents import container_of
from .container_views import Container
from .documents import engine_time, public, texts
from .image_views import Image, image_of
from .volumes import Volume, volume_of

Item = TypeVar("Item")

# Containers in these states count as used.
_ACTIVE = ("running", "paused", "restarting")


@public
@dataclass(frozen=True)
class BuildCacheRecord:
    """What the engine keeps of a step of a build."""

    id: str
    type: str  # "regular", "source.local", "exec.cachemount", "frontend", "internal"...
    description: str
    size: int  # bytes
    in_use: bool
    shared: bool  # with an image
    created: datetime | None  # in UTC
    last_used: datetime | None
    usage_count: int
    parents: tuple[str, ...]  # the IDs of what it is on top of
    raw: dict[str, Any] = field(repr=False, compare=False)  # the engine's own document


@public
@dataclass(frozen=True)
class ImageUsage:
    """An image, and how much of it others share; None where the engine does not say it."""

    image: Image
    containers: int | None  # how many are made from it, running or not
    shared_size: int | None  # bytes
    unique_size: int | None


@public
@dataclass(frozen=True)
class VolumeUsage:
    """A volume with its size in bytes; None where its driver does not say it."""

    volume: Volume
    containers: int | None  # how many have it, running or not
    size: int | None


@public
@dataclass(frozen=True)
class Usage:
    """One row of ``docker system df``: sizes are in bytes.

    ``active`` counts what is in use, ``reclaimable`` is the size of the rest.
    """

    count: int
    active: int
    size: int
    reclaimable: int


@public
@dataclass(frozen=True)
class ImagesUsage(Usage):
    """The images; what several share is in ``size`` once."""

    items: tuple[ImageUsage, ...]


@public
@dataclass(frozen=True)
class ContainersUsage(Usage):
    """The containers, running or not, with their ``size``: what each has written."""

    items: tuple[Container, ...]


@public
@dataclass(frozen=True)
class VolumesUsage(Usage):
    """The volumes of the engine's host."""

    items: tuple[VolumeUsage, ...]


@public
@dataclass(frozen=True)
class BuildCacheUsage(Usage):
    """What builds keep; what images share is not in ``size``."""

    items: tuple[BuildCacheRecord, ...]


@public
@dataclass(frozen=True)
class DiskUsage:
    """What is on the engine's disk, as ``docker system df`` counts it."""

    images: ImagesUsage
    containers: ContainersUsage
    volumes: VolumesUsage
    build_cache: BuildCacheUsage
    raw: dict[str, Any] = field(repr=False, compare=False)  # the engine's own document


def disk_usage_of(raw: dict[str, Any]) -> DiskUsage:
    """Return the view of an engine's document."""
    return DiskUsage(
        images=_images(raw.get("LayersSize") or 0, _items(raw.get("Images"), _image)),
        containers=_containers(_items(raw.get("Containers"), lambda row: container_of(row, True))),
        volumes=_volumes(_items(raw.get("Volumes"), _volume)),
        build_cache=_build_cache(_items(raw.get("BuildCache"), build_cache_record_of)),
        raw=raw,
    )


def build_cache_record_of(raw: dict[str, Any]) -> BuildCacheRecord:
    """Return the view of an engine's record."""
    # Engines 23 to 28 wrote a space before the name; API 1.41 knows one parent only.
    parents = raw.get("Parents") or raw.get(" Parents") or [raw.get("Parent")]
    return BuildCacheRecord(
        id=raw["ID"],
        type=raw["Type"],
        description=raw["Description"],
        size=raw["Size"],
        in_use=raw["InUse"],
        shared=raw["Shared"],
        created=engine_time(raw.get("CreatedAt")),
        last_used=engine_time(raw.get("LastUsedAt")),
        usage_count=raw["UsageCount"],
        parents=texts(filter(None, parents)),
        raw=raw,
    )


def _items(rows: Iterable[dict[str, Any]] | None, view: Callable[[dict[str, Any]], Item]) -> tuple[Item, ...]:
    return tuple(view(row) for row in rows or ())


def _known(number: int | None) -> int | None:
    return None if number is None or number < 0 else number


def _image(row: dict[str, Any]) -> ImageUsage:
    shared = _known(row.get("SharedSize"))
    unique = None if shared is None or row["Size"] < 0 else row["Size"] - shared
    return ImageUsage(image_of(row), _known(row.get("Containers")), shared, unique)


def _volume(row: dict[str, Any]) -> VolumeUsage:
    usage = row.get("UsageData") or {}
    return VolumeUsage(volume_of(row), _known(usage.get("RefCount")), _known(usage.get("Size")))


def _images(size: int, items: tuple[ImageUsage, ...]) -> ImagesUsage:
    used = sum(one.unique_size or 0 for one in items if one.containers != 0)
    return ImagesUsage(len(items), sum(bool(one.containers) for one in items), size, size - used, items)


def _containers(items: tuple[Container, ...]) -> ContainersUsage:
    idle = [one.size or 0 for one in items if one.state not in _ACTIVE]
    size = sum(one.size or 0 for one in items)
    return ContainersUsage(len(items), len(items) - len(idle), size, sum(idle), items)


def _volumes(items: tuple[VolumeUsage, ...]) -> VolumesUsage:
    size = sum(one.size or 0 for one in items)
    idle = sum(one.size or 0 for one in items if one.containers == 0)
    return VolumesUsage(len(items), sum(bool(one.containers) for one in items), size, idle, items)


def _build_cache(items: tuple[BuildCacheRecord, ...]) -> BuildCacheUsage:
    private = [one for one in items if not one.shared]
    size = sum(one.size for one in private)
    used = sum(one.size for one in private if one.in_use)
    return BuildCacheUsage(len(items), sum(one.in_use for one in items), size, size - used, items)
