# Written by go run ./tools/wire. Change the Go side instead.
"""What core/images_registry.go puts into requests, results and events."""

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
