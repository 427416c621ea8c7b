# Written by go run ./tools/wire. Change the Go side instead.
"""What core/requests.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from .registry import Owner

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class RunRequest(TypedDict):
    """RunRequest is docker run. Options are the words before the image, separate or joined ("-v /a:/b --rm"), by
    docker's own parser.
    """

    image: str
    command: str | list[str]
    options: list[str]
    # shell runs the command's text by sh -c inside the container.
    shell: NotRequired[bool | None]
    # stdin means that the caller will send input; it implies -i.
    stdin: NotRequired[bool | None]
    # StdinByOptions, in place of Stdin, lets the options decide: the caller will write if they say -i and not -d, which
    # an InputEvent confirms.
    stdin_by_options: NotRequired[bool | None]
    # outlives lets a container that was started go on when the caller goes: it is made as with -d, and attached to.
    outlives: NotRequired[bool | None]
    # progress asks for events while a missing image is pulled: LayerEvent, StatusEvent.
    progress: NotRequired[bool | None]
    # reschedule runs it again elsewhere if the node of a fleet is lost that it runs on.
    reschedule: NotRequired[bool | None]
    # environ is what has changed in the caller's environment.
    environ: NotRequired[dict[str, str | None] | None]
    # timeout ends the work with OperationTimeout; 0 means no limit. In a fleet it counts from the start.
    timeout: NotRequired[float | None]
    # queue_timeout ends the wait for a place in a fleet with OperationTimeout; 0 means no limit.
    queue_timeout: NotRequired[float | None]


class ExecRequest(TypedDict):
    """ExecRequest is docker exec."""

    container: str
    command: str | list[str]
    options: list[str]
    # durable lets the process outlive the connection and this program; see ReattachExec.
    durable: NotRequired[bool | None]
    shell: NotRequired[bool | None]
    stdin: NotRequired[bool | None]
    # StdinByOptions, in place of Stdin, lets the options decide: the caller will write if they say -i and not -d, which
    # an InputEvent confirms.
    stdin_by_options: NotRequired[bool | None]
    # environ is what has changed in the caller's environment.
    environ: NotRequired[dict[str, str | None] | None]
    timeout: NotRequired[float | None]


class CommandResult(TypedDict):
    """CommandResult is how a run or an exec ended. Output went through Streams."""

    container_id: str
    exec_id: NotRequired[str]
    exit_code: int
    detached: NotRequired[bool]
    oom_killed: NotRequired[bool]
    seconds: float


class ContainerRequest(TypedDict):
    """ContainerRequest names a container by its exact name or ID."""

    container: str


class StopRequest(TypedDict):
    """StopRequest stops or restarts a container. Timeout is the seconds before SIGKILL; nil means the container's
    own setting, -1 waits for ever.
    """

    container: str
    timeout: NotRequired[int | None]
    signal: NotRequired[str | None]


class KillRequest(TypedDict):
    """KillRequest sends a signal by name or number; "" is SIGKILL."""

    container: str
    signal: NotRequired[str | None]


class RemoveRequest(TypedDict):
    """RemoveRequest removes a container. Force kills it first; Volumes removes its anonymous volumes."""

    container: str
    force: NotRequired[bool | None]
    volumes: NotRequired[bool | None]


class RenameRequest(TypedDict):
    """RenameRequest gives a container another name."""

    container: str
    name: str


class ResizeRequest(TypedDict):
    """ResizeRequest sets the size of a container's terminal, in characters."""

    container: str
    rows: int
    columns: int


class ExecResizeRequest(TypedDict):
    """ExecResizeRequest sets the size of an exec's terminal, in characters."""

    container: str
    exec_id: str
    rows: int
    columns: int


class ExecSignalRequest(TypedDict):
    """ExecSignalRequest signals an exec's process and its children."""

    container: str
    exec_id: str
    signal: str


class LogsRequest(TypedDict):
    """LogsRequest reads a container's log. Since and Until are timestamps or durations like those of docker logs;
    Tail is a number of lines or "all".
    """

    container: str
    follow: NotRequired[bool | None]
    since: NotRequired[str | None]
    until: NotRequired[str | None]
    tail: NotRequired[str | None]
    timestamps: NotRequired[bool | None]


class CopyToRequest(TypedDict):
    """CopyToRequest copies a local file or folder into a container."""

    # local, absolute; a trailing "/." means the content
    source: str
    container: str
    destination: str
    # archive keeps owner, group and sparse holes (docker cp -a).
    archive: NotRequired[bool | None]
    # follow_link copies what a symlink at Source points to (docker cp -L).
    follow_link: NotRequired[bool | None]
    progress: NotRequired[bool | None]


class CopyFromRequest(TypedDict):
    """CopyFromRequest copies a file or folder out of a container."""

    container: str
    source: str
    # local, absolute
    destination: str
    archive: NotRequired[bool | None]
    follow_link: NotRequired[bool | None]
    progress: NotRequired[bool | None]


class MkdirInRequest(TypedDict):
    """MkdirInRequest makes a directory in a container."""

    container: str
    path: str


class ImageRequest(TypedDict):
    """ImageRequest names an image by reference or ID."""

    image: str


class ImageInspectRequest(TypedDict):
    """ImageInspectRequest asks for everything about an image. Manifests adds what the engine has of each platform
    (API 1.48).
    """

    image: str
    manifests: NotRequired[bool | None]


class ImageListRequest(TypedDict):
    """ImageListRequest asks for images."""

    # filters are docker's, each with its values: an image has to pass all of them.
    filters: NotRequired[dict[str, list[str]] | None]
    # all includes the images between layers.
    all: NotRequired[bool | None]


class ImageTagRequest(TypedDict):
    """ImageTagRequest gives an image another reference."""

    source: str
    destination: str


class ImageRemoveRequest(TypedDict):
    """ImageRemoveRequest removes an image or one of its references."""

    image: str
    force: NotRequired[bool | None]
    no_prune: NotRequired[bool | None]


class ImageRemoveResult(TypedDict):
    """ImageRemoveResult lists what the engine did."""

    untagged: list[str]
    deleted: list[str]


class PingResult(TypedDict):
    """PingResult is the answer to a ping."""

    # the negotiated version
    api_version: str
    os_type: str
    builder_version: str


class WaitResult(TypedDict):
    """WaitResult is how a container ended."""

    exit_code: int


class StateResult(TypedDict):
    """StateResult is a container's state; Status is the engine's word for it."""

    exists: bool
    running: bool
    status: NotRequired[str]
    id: NotRequired[str]


class CopyResult(TypedDict):
    """CopyResult is what a copy moved."""

    bytes: int
    files: int


class ReattachExecRequest(TypedDict):
    """ReattachExecRequest reads a durable exec's output from the given positions (bytes)."""

    container: str
    exec_id: str
    stdout_from: NotRequired[int | None]
    stderr_from: NotRequired[int | None]
    timeout: NotRequired[float | None]


class Orphan(TypedDict):
    """Orphan is a container whose program is gone."""

    container_id: str
    name: str
    image: str
    running: bool
    # whether it was run with --rm
    remove: bool
    # Unix seconds, by the engine's clock
    created: float
    session: str
    owner: Owner
    # of the program; -1 means unknown
    uid: int


class MarkedOrphansRequest(TypedDict):
    """MarkedOrphansRequest names a label of containers that nobody needs after their program."""

    label: str


class ReapRequest(TypedDict):
    """ReapRequest ends orphans: running ones are killed, those of --rm removed."""

    older_than: NotRequired[float | None]
    dry_run: NotRequired[bool | None]
