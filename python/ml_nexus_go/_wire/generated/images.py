# Written by go run ./tools/wire. Change the Go side instead.
"""What core/images.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class RegistryLogin(TypedDict):
    """RegistryLogin is a login to a registry given with a request; it overrides docker's settings. Token is an
    identity token, as docker login stores it.
    """

    username: NotRequired[str | None]
    password: NotRequired[str | None]
    token: NotRequired[str | None]


class PullRequest(TypedDict):
    """PullRequest pulls an image from its registry. Image without a tag or digest means latest. AllTags pulls every
    tag of the repository.
    """

    image: str
    # os[/arch[/variant]]
    platform: NotRequired[str | None]
    all_tags: NotRequired[bool | None]
    login: NotRequired[RegistryLogin | None]
    # environ is what has changed in the caller's environment.
    environ: NotRequired[dict[str, str | None] | None]
    # progress asks for events: LayerEvent and StatusEvent.
    progress: NotRequired[bool | None]


class PullResult(TypedDict):
    """PullResult reports what was pulled. Digest is that of the manifest in the registry."""

    # the reference, with its tag or digest
    image: str
    digest: str
    # the engine's; empty with AllTags
    id: NotRequired[str]
    # the engine had all of it
    up_to_date: bool


class PushRequest(TypedDict):
    """PushRequest pushes an image to the registry in its name. AllTags pushes every tag of the repository; the name
    must have none then.
    """

    image: str
    platform: NotRequired[str | None]
    all_tags: NotRequired[bool | None]
    login: NotRequired[RegistryLogin | None]
    progress: NotRequired[bool | None]
    # environ is what has changed in the caller's environment.
    environ: NotRequired[dict[str, str | None] | None]


class PushResult(TypedDict):
    """PushResult reports what was pushed. Digests has the manifest's digest for each tag."""

    image: str
    # of the last tag
    digest: str
    digests: dict[str, str]


class LoginRequest(TypedDict):
    """LoginRequest logs in to a registry. Store keeps the login where docker login does; else it lasts as long as
    the client.
    """

    # HOST[:PORT]; "" is Docker Hub
    registry: str
    login: RegistryLogin
    store: NotRequired[bool | None]
    # environ is what has changed in the caller's environment.
    environ: NotRequired[dict[str, str | None] | None]


class LoginResult(TypedDict):
    """LoginResult is the engine's answer to a login."""

    registry: str
    status: str


class LogoutRequest(TypedDict):
    """LogoutRequest removes a login."""

    # as in LoginRequest
    registry: str
    # environ is what has changed in the caller's environment.
    environ: NotRequired[dict[str, str | None] | None]


class LogoutResult(TypedDict):
    """LogoutResult reports whether there was a login."""

    registry: str
    removed: bool


class DistributionRequest(TypedDict):
    """DistributionRequest asks for what a registry has under an image's name. Without a tag or digest it means
    latest.
    """

    image: str
    login: NotRequired[RegistryLogin | None]
    # environ is what has changed in the caller's environment.
    environ: NotRequired[dict[str, str | None] | None]


class LayerEvent(TypedDict):
    """LayerEvent is a step in the transfer of one layer. Done and Total are bytes; Total is -1 if it is unknown.
    They count compressed bytes for downloads and uploads, and bytes on disk or seconds for what follows, as the
    engine's Status says.
    """

    event: Literal["layer"]
    id: str
    # the engine's word: Downloading, Pushed...
    status: str
    done: int
    total: int


class StatusEvent(TypedDict):
    """StatusEvent is the engine's message about a transfer as a whole."""

    event: Literal["status"]
    message: str


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


class ImportRequest(TypedDict):
    """ImportRequest makes an image of a tar archive of files, as docker import does: of a local file, or, if Path is
    "", of Streams.Stdin. The archive may be compressed by gzip, bzip2, xz or zstd.
    """

    # local, absolute
    path: NotRequired[str | None]
    # the image's name; none if empty
    tag: NotRequired[str | None]
    # changes are instructions of a Dockerfile ("ENV A=b").
    changes: NotRequired[list[str] | None]
    message: NotRequired[str | None]
    platform: NotRequired[str | None]
    # asks for events: Progress
    progress: NotRequired[bool | None]


class NewImage(TypedDict):
    """NewImage names an image that was made."""

    id: str


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
    # filters are label, label! and until in docker's form.
    filters: NotRequired[dict[str, list[str]] | None]
    dry_run: NotRequired[bool | None]


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
