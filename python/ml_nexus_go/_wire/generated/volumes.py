# Written by go run ./tools/wire. Change the Go side instead.
"""What core/volumes.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class VolumeCreateRequest(TypedDict):
    """VolumeCreateRequest is docker volume create. Without a name the volume is an anonymous one."""

    name: NotRequired[str | None]
    driver: NotRequired[str | None]
    driver_options: NotRequired[dict[str, str] | None]
    labels: NotRequired[dict[str, str] | None]


class VolumeRequest(TypedDict):
    """VolumeRequest names a volume."""

    volume: str


class VolumeRemoveRequest(TypedDict):
    """VolumeRemoveRequest removes a volume. With Force one that does not exist is fine."""

    volume: str
    force: NotRequired[bool | None]


class VolumeListRequest(TypedDict):
    """VolumeListRequest asks for the volumes that have all of these properties."""

    filters: NotRequired[dict[str, list[str]] | None]


class VolumesPruneRequest(TypedDict):
    """VolumesPruneRequest removes volumes that no container has: the anonymous ones, or with All those with names,
    too. DryRun only asks which.
    """

    filters: NotRequired[dict[str, list[str]] | None]
    all: NotRequired[bool | None]
    dry_run: NotRequired[bool | None]


class VolumesPruneResult(TypedDict):
    """VolumesPruneResult names what was removed, and says how many bytes that had."""

    volumes: list[str]
    reclaimed: int
