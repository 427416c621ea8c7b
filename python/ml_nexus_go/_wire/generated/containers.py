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


class ContainerUpdateRequest(TypedDict):
    """ContainerUpdateRequest is docker update. Options are docker's words, by docker's own parser."""

    container: str
    options: list[str]


class ContainerUpdateResult(TypedDict):
    """ContainerUpdateResult is what the engine warns of."""

    warnings: list[str]


class ContainerCommitRequest(TypedDict):
    """ContainerCommitRequest makes an image of a container's files, with a name unless Image is ""."""

    container: str
    image: NotRequired[str | None]
    author: NotRequired[str | None]
    message: NotRequired[str | None]
    # no_pause lets the container's processes write meanwhile.
    no_pause: NotRequired[bool | None]
    # changes are instructions of a Dockerfile.
    changes: NotRequired[list[str] | None]


class ContainerExportRequest(TypedDict):
    """ContainerExportRequest writes the files of a container as a tar archive, as docker export does: to a local
    file, or, if Path is "", to Streams.Stdout.
    """

    container: str
    # local, absolute
    path: NotRequired[str | None]
    # asks for events: Progress
    progress: NotRequired[bool | None]


class ContainerExportResult(TypedDict):
    """ContainerExportResult reports how long the archive is, in bytes."""

    bytes: int


class PruneContainersRequest(TypedDict):
    """PruneContainersRequest removes the containers that do not run. Filters are docker's: label, label! and until.
    DryRun removes none, and tells which would go.
    """

    filters: NotRequired[dict[str, list[str]] | None]
    dry_run: NotRequired[bool | None]


class PruneContainersResult(TypedDict):
    """PruneContainersResult has the IDs of the containers, and the bytes that their files took."""

    deleted: list[str]
    # bytes
    reclaimed: int


class ContainerPort(TypedDict):
    """ContainerPort is a port of a container at an address of the engine's host. HostPort is 0 where the port is at
    none.
    """

    port: int
    # tcp, udp, sctp
    protocol: str
    host_ip: str
    host_port: int


class CreateContainerRequest(TypedDict):
    """CreateContainerRequest is docker create: it has the members of RunRequest that make a container."""

    image: str
    command: str | list[str]
    options: list[str]
    # shell runs the command's text by sh -c inside the container.
    shell: NotRequired[bool | None]
    # progress asks for events while a missing image is pulled: LayerEvent, StatusEvent.
    progress: NotRequired[bool | None]
    # environ is what has changed in the caller's environment.
    environ: NotRequired[dict[str, str | None] | None]
    # queue_timeout ends the wait for a place in a fleet with OperationTimeout; 0 means no limit.
    queue_timeout: NotRequired[float | None]


class CreateContainerResult(TypedDict):
    """CreateContainerResult names a new container, which does not run."""

    id: str
    warnings: list[str]


class ContainerListRequest(TypedDict):
    """ContainerListRequest asks for containers."""

    # filters are docker's, each with its values: a container has to pass all of them.
    filters: NotRequired[dict[str, list[str]] | None]
    # all includes containers that do not run.
    all: NotRequired[bool | None]
    # sizes includes the sizes, which the engine measures for each container.
    sizes: NotRequired[bool | None]


class AttachRequest(TypedDict):
    """AttachRequest attaches to a container that runs, as docker attach does."""

    container: str
    # stdin means that the caller will send input.
    stdin: NotRequired[bool | None]
    # StdinByOptions, in place of Stdin, lets the container decide: the caller will write if it has an input that stays
    # open when the attachment ends, which an InputEvent confirms.
    stdin_by_options: NotRequired[bool | None]
    # logs delivers what the container has printed before, too.
    logs: NotRequired[bool | None]
    detach_keys: NotRequired[str | None]
    # timeout ends the attachment with OperationTimeout; 0 means no limit.
    timeout: NotRequired[float | None]
