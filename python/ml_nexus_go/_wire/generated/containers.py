# Written by go run ./tools/wire. Change the Go side instead.
"""What core/containers.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class ContainerTopRequest(TypedDict):
    """ContainerTopRequest asks for the processes of a container. Arguments are those of ps on the engine's host;
    none means -ef.
    """

    container: str
    arguments: NotRequired[list[str] | None]


class ContainerTopResult(TypedDict):
    """ContainerTopResult is what ps printed: a text for each title in each process."""

    titles: list[str]
    processes: list[list[str]]


class ContainerChange(TypedDict):
    """ContainerChange is a path that differs from the container's image."""

    kind: Literal["modified", "added", "deleted"]
    path: str
