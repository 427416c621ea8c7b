# Written by go run ./tools/wire. Change the Go side instead.
"""What core/builds.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class BuildRequest(TypedDict):
    """BuildRequest is docker buildx build. Options are its words, separate or joined."""

    # local, absolute
    context: str
    # tag is the image's first name; "" if only the options name it, or nothing does.
    tag: str
    options: list[str]
    # dockerfile is the text of a Dockerfile; nil means that it is read from a file.
    dockerfile: NotRequired[str | None]
    # builder is "" for what docker would choose: DOCKER_BUILDKIT, then the engine's setting.
    builder: NotRequired[str | None]
    # progress asks for events, Plain for the log's lines as they come.
    progress: NotRequired[bool | None]
    plain: NotRequired[bool | None]
    # environ is what has changed in the caller's environment.
    environ: NotRequired[dict[str, str | None] | None]
    timeout: NotRequired[float | None]


class BuildResult(TypedDict):
    """BuildResult is what a build made."""

    # as they were given
    tags: list[str]
    # image_id is the image's ID in the engine; "" if nothing was stored.
    image_id: str
    # log is the build's output as docker prints it without a terminal.
    log: str
    # steps counts the Dockerfile's steps that were needed, without FROM.
    steps: int
    cached_steps: int
    warnings: list[str]
    seconds: float


class BuildVertexEvent(TypedDict):
    """BuildVertexEvent reports that a step began or ended."""

    event: Literal["vertex"]
    # its digest
    vertex: str
    # as in the log: #Number
    number: int
    name: str
    state: str
    error: NotRequired[str]
    # seconds is how long the step took, when it has ended.
    seconds: float


class BuildLogEvent(TypedDict):
    """BuildLogEvent is a step's output, whole lines or parts of lines."""

    event: Literal["log"]
    vertex: str
    number: int
    # 1 stdout, 2 stderr
    stream: int
    text: str


class BuildStatusEvent(TypedDict):
    """BuildStatusEvent reports how far a transfer of a step is. Total is 0 where unknown."""

    event: Literal["status"]
    vertex: str
    number: int
    # what is transferred
    name: str
    # bytes
    current: int
    # bytes
    total: int
    done: bool


class BuildPlainEvent(TypedDict):
    """BuildPlainEvent is a piece of the log, whole lines."""

    event: Literal["plain"]
    text: str


class BuildDisplayEvent(TypedDict):
    """BuildDisplayEvent says which display the options ask for (--progress); it comes first."""

    event: Literal["display"]
    mode: Literal["auto", "tty", "plain"]
