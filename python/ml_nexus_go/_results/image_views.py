"""Images as the engine describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .documents import engine_time, environment, public, texts
from .tables import Shown

# What the engine writes for an image without a time: the year 1.
_NEVER = -62135596800


@public
@dataclass(frozen=True)
class Image(Shown):
    """An image in a list."""

    _columns = ("tags", "id", "size", "created")

    id: str  # "sha256:..."
    tags: tuple[str, ...]  # () for an image without a name
    digests: tuple[str, ...]  # "name@sha256:..."
    created: datetime | None  # in UTC; None where the image does not say it
    size: int  # bytes
    labels: dict[str, str] = field(hash=False)
    parent_id: str | None  # of an image built on this engine
    raw: dict[str, Any] = field(repr=False, compare=False)  # the engine's own document


@public
@dataclass(frozen=True)
class ImageConfig:
    """What containers of an image run, unless told otherwise."""

    command: tuple[str, ...]
    entrypoint: tuple[str, ...]
    env: dict[str, str] = field(hash=False, repr=False)
    working_dir: str  # "" means /
    user: str  # "" means root
    exposed_ports: tuple[str, ...]  # "80/tcp"
    volumes: tuple[str, ...]
    stop_signal: str | None  # None means SIGTERM


@public
@dataclass(frozen=True)
class ImageDetails(Image):
    """One image, with more than a list says."""

    architecture: str
    variant: str | None  # of the architecture, "v8" for example
    os: str
    author: str
    comment: str
    layers: tuple[str, ...]  # the digests of what is in them, the lowest first
    config: ImageConfig


def image_of(row: dict[str, Any]) -> Image:
    """Return an image from its row in the engine's list."""
    created = row["Created"]
    return Image(
        id=row["Id"],
        tags=_named(row["RepoTags"]),
        digests=_named(row["RepoDigests"]),
        created=None if created == _NEVER else datetime.fromtimestamp(created, timezone.utc),
        size=row["Size"],
        labels=row["Labels"] or {},
        parent_id=row["ParentId"] or None,
        raw=row,
    )


def image_details_of(document: dict[str, Any]) -> ImageDetails:
    """Return an image from the engine's description of it."""
    config = document.get("Config") or {}
    return ImageDetails(
        id=document["Id"],
        tags=_named(document["RepoTags"]),
        digests=_named(document["RepoDigests"]),
        created=engine_time(document.get("Created")),
        size=document["Size"],
        labels=config.get("Labels") or {},
        parent_id=document.get("Parent") or None,
        raw=document,
        architecture=document["Architecture"],
        variant=document.get("Variant") or None,
        os=document["Os"],
        author=document.get("Author") or "",
        comment=document.get("Comment") or "",
        layers=texts(document["RootFS"].get("Layers")),
        config=_config(config),
    )


def _config(config: dict[str, Any]) -> ImageConfig:
    return ImageConfig(
        command=texts(config.get("Cmd")),
        entrypoint=texts(config.get("Entrypoint")),
        env=environment(config.get("Env")),
        working_dir=config.get("WorkingDir") or "",
        user=config.get("User") or "",
        exposed_ports=tuple(sorted(config.get("ExposedPorts") or ())),
        volumes=tuple(sorted(config.get("Volumes") or ())),
        stop_signal=config.get("StopSignal") or None,
    )


def _named(references: list[str] | None) -> tuple[str, ...]:
    """Return references without those that older engines write for none."""
    return tuple(one for one in references or () if not one.startswith("<none>"))
