# Written by go run ./tools/wire. Change the Go side instead.
"""What core/images_archive.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class SaveRequest(TypedDict):
    """SaveRequest writes images with all their layers as a tar archive, as docker save does: to a local file, or, if
    Path is "", to Streams.Stdout.
    """

    images: list[str]
    # local, absolute
    path: NotRequired[str | None]
    # this one of several; API 1.48
    platform: NotRequired[str | None]
    # asks for events: Progress
    progress: NotRequired[bool | None]


class SaveResult(TypedDict):
    """SaveResult reports how long the archive is, in bytes."""

    bytes: int


class LoadRequest(TypedDict):
    """LoadRequest loads what SaveRequest wrote, from a local file, or, if Path is "", from Streams.Stdin. The
    archive may be compressed by gzip, bzip2, xz or zstd.
    """

    # local, absolute
    path: NotRequired[str | None]
    platform: NotRequired[str | None]
    # asks for events: Progress, LayerEvent, StatusEvent
    progress: NotRequired[bool | None]


class LoadResult(TypedDict):
    """LoadResult names what was loaded: references, and the IDs of images without one."""

    images: list[str]


class HistoryRequest(TypedDict):
    """HistoryRequest asks for the layers of an image. NoTrunc asks for whole commands and IDs, Raw for sizes in
    bytes and times as timestamps (docker history --human=false).
    """

    image: str
    no_trunc: NotRequired[bool | None]
    raw: NotRequired[bool | None]


class PruneImagesRequest(TypedDict):
    """PruneImagesRequest removes unused images: those without a name, or with All every one that no container uses."""

    all: NotRequired[bool | None]
    # labels and NotLabels are NAME or NAME=VALUE.
    labels: NotRequired[list[str] | None]
    not_labels: NotRequired[list[str] | None]
    # until is a timestamp or a duration ("24h"): only images made before then.
    until: NotRequired[str | None]


class PruneImagesResult(TypedDict):
    """PruneImagesResult lists what the engine did."""

    untagged: list[str]
    deleted: list[str]
    # bytes
    reclaimed: int


class ImageTransferResult(TypedDict):
    """ImageTransferResult reports what a transfer did."""

    image: str
    # on the other engine
    id: str
    # sent to the other engine
    bytes: int
    # of the image
    layers: int
    # of those: not sent, because the other engine had them
    reused: int
    # present reports whether the other engine had the image: at most a name was added.
    present: bool
